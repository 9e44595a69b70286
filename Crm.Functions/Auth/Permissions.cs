namespace Crm.Functions.Auth;

/// <summary>What an endpoint may require of its caller.</summary>
public enum Permission
{
    InviteUsers,
    ListUsers,
    EditAvatars,
    ReadContacts,
    WriteContacts,
    ImportContacts,
    BulkContacts,
    ReadDeals,
    WriteDeals,
    ReadPipelines,
    EditPipelines,
    ReadTasks,
    WriteTasks,
    ReadDashboard,
    ReadReports,
    ReadProducts,
    ReadCosts,
    EditProducts,
    ReadTemplates,
    CreateTemplates,
    EditTemplates,
    ReadCampaigns,
    WriteCampaigns,
    ReadInbox,
    WriteInbox,
    EditCannedReplies,
    ReadSuppressions,
    EditSuppressions,
    ReplayEvents,
    ManageWebhooks,
    ReadAuditLog,
    ReadInvoices,
    WriteInvoices,
    ManageInvoices,
    CheckInvoices,
    ExportData,
    ErasePeople,
    ReadOrganization,
    EditOrganization,
    ManageTeam,
    ReadSystem,
}

public enum Role
{
    Owner,
    Manager,
    Staff,
}

/// <summary>How far a permission reaches: not at all, to one's own records, or to all of the organisation.</summary>
public enum Reach
{
    None,
    Own,
    All,
}

/// <summary>Who may do what: the one table behind the authorization policies, the API's documentation and the permission tests.</summary>
public static class Permissions
{
    public sealed record Row(Permission Permission, Reach Owner, Reach Manager, Reach Staff, string About)
    {
        public Reach Of(Role role) => role switch
        {
            Role.Owner => Owner,
            Role.Manager => Manager,
            Role.Staff => Staff,
        };
    }

    public static readonly IReadOnlyList<Row> Table =
    [
        new(
            Permission.InviteUsers, Reach.All, Reach.Own, Reach.None,
            "Invite colleagues and manage invitations (managers: staff only, and the ones they sent)"),
        new(Permission.ListUsers, Reach.All, Reach.All, Reach.All, "See colleagues' names, to assign work"),
        new(Permission.EditAvatars, Reach.All, Reach.Own, Reach.Own, "Upload users' pictures (all but owners: their own)"),
        new(Permission.ReadContacts, Reach.All, Reach.All, Reach.Own, "Read contacts and their timeline"),
        new(Permission.WriteContacts, Reach.All, Reach.All, Reach.Own, "Create, change and delete contacts, write to their timeline"),
        new(Permission.ImportContacts, Reach.All, Reach.All, Reach.Own, "Import contacts (staff: as their own) and see the imports"),
        new(Permission.BulkContacts, Reach.All, Reach.All, Reach.None, "Change many contacts at once, find and merge duplicates"),
        new(Permission.ReadDeals, Reach.All, Reach.All, Reach.Own, "Read deals and the board"),
        new(Permission.WriteDeals, Reach.All, Reach.All, Reach.Own, "Create, change, move and delete deals"),
        new(Permission.ReadPipelines, Reach.All, Reach.All, Reach.All, "Read pipelines and stages (statistics: staff of their own deals)"),
        new(Permission.EditPipelines, Reach.All, Reach.All, Reach.None, "Create, change and delete pipelines and stages"),
        new(Permission.ReadTasks, Reach.All, Reach.All, Reach.Own, "Read tasks and reminders"),
        new(Permission.WriteTasks, Reach.All, Reach.All, Reach.Own, "Create, change, complete and delete tasks"),
        new(Permission.ReadDashboard, Reach.All, Reach.All, Reach.Own, "See the dashboard"),
        new(Permission.ReadReports, Reach.All, Reach.All, Reach.Own, "See reports"),
        new(Permission.ReadProducts, Reach.All, Reach.All, Reach.All, "Read products"),
        new(Permission.ReadCosts, Reach.All, Reach.All, Reach.None, "See what products cost the organisation itself"),
        new(Permission.EditProducts, Reach.All, Reach.All, Reach.None, "Create, change and delete products"),
        new(Permission.ReadTemplates, Reach.All, Reach.All, Reach.All, "Read templates and canned replies, preview them (with contacts one may read)"),
        new(Permission.CreateTemplates, Reach.All, Reach.All, Reach.All, "Create templates, copy them and count their use"),
        new(Permission.EditTemplates, Reach.All, Reach.All, Reach.Own, "Change and delete templates, choose the default ones (not staff)"),
        new(Permission.ReadCampaigns, Reach.All, Reach.All, Reach.Own, "Read campaigns and their statistics"),
        new(
            Permission.WriteCampaigns, Reach.All, Reach.All, Reach.Own,
            "Create, change, send and delete campaigns (staff: their own, to their own contacts)"),
        new(Permission.ReadInbox, Reach.All, Reach.All, Reach.Own, "Read conversations and messages"),
        new(Permission.WriteInbox, Reach.All, Reach.All, Reach.Own, "Write messages, tag and close conversations"),
        new(Permission.EditCannedReplies, Reach.All, Reach.All, Reach.Own, "Change and delete canned replies"),
        new(Permission.ReadSuppressions, Reach.All, Reach.All, Reach.None, "See which addresses get nothing more"),
        new(Permission.EditSuppressions, Reach.All, Reach.All, Reach.None, "Suppress addresses and let messages go to them again"),
        new(Permission.ReplayEvents, Reach.All, Reach.None, Reach.None, "See vendors' events that could not be processed, and try them again"),
        new(Permission.ManageWebhooks, Reach.All, Reach.All, Reach.None, "Say where webhooks go, see what was sent there and send it again"),
        new(Permission.ReadAuditLog, Reach.All, Reach.None, Reach.None, "See who did what"),
        new(Permission.ReadInvoices, Reach.All, Reach.All, Reach.Own, "Read invoices, their payments and statistics"),
        new(
            Permission.WriteInvoices, Reach.All, Reach.All, Reach.Own,
            "Create, change, send and delete invoices and record payments (staff: their own, for their own contacts)"),
        new(Permission.ManageInvoices, Reach.All, Reach.All, Reach.None, "Cancel and duplicate invoices, refund, write credit notes, download PDFs"),
        new(Permission.CheckInvoices, Reach.All, Reach.None, Reach.None, "Check that invoices, their ledger and numbers agree"),
        new(Permission.ExportData, Reach.All, Reach.All, Reach.Own, "Export contacts, deals, invoices (staff: their own) and products"),
        new(Permission.ErasePeople, Reach.All, Reach.All, Reach.None, "Export all that is kept of one person, and erase it"),
        new(Permission.ReadOrganization, Reach.All, Reach.All, Reach.All, "Read the organisation's profile"),
        new(Permission.EditOrganization, Reach.All, Reach.All, Reach.None, "Change the organisation's profile"),
        new(Permission.ManageTeam, Reach.All, Reach.None, Reach.None, "See and manage team members"),
        new(Permission.ReadSystem, Reach.All, Reach.None, Reach.None, "See system information"),
    ];

    /// <summary>A permission's row: the table has one for each, in their order.</summary>
    public static Row Of(Permission permission) => Table[(int)permission];

    /// <summary>Makes each row of the table an authorization policy of the same name.</summary>
    public static void AddPermissionPolicies(this IServiceCollection services)
    {
        var authorization = services.AddAuthorizationBuilder();
        foreach (var row in Table)
        {
            var roles = Enum.GetValues<Role>().Where(role => row.Of(role) != Reach.None).Select(role => role.ToString()).ToArray();
            authorization.AddPolicy(row.Permission.ToString(), policy => policy.RequireRole(roles));
        }
    }
}
