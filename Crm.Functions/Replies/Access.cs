using Crm.Shared.Database;

namespace Crm.Functions.Replies;

/// <summary>A kind of record that somebody owns.</summary>
public enum Owned
{
    Deal,
    Task,
    Import,
    Template,
    Campaign,
    Conversation,
    Message,
    CannedReply,
    Notification,
    Invoice,
    Export,
}

/// <summary>
/// Why a record that the caller's scope does not hold is refused: a colleague's is
/// forbidden; one of another organisation, a deleted one, or none, does not exist.
/// </summary>
public static class Access
{
    private const string DealSql = "select true from deals where organization_id = @OrganizationId and id = @Id and deleted_at is null";
    private const string TaskSql = "select true from tasks where organization_id = @OrganizationId and id = @Id and deleted_at is null";
    private const string ImportSql = "select true from imports where organization_id = @OrganizationId and id = @Id";

    // A deleted one stays readable.
    private const string TemplateSql = "select true from templates where organization_id = @OrganizationId and id = @Id";

    private const string CampaignSql = "select true from campaigns where organization_id = @OrganizationId and id = @Id and deleted_at is null";
    private const string ConversationSql = "select true from conversations where organization_id = @OrganizationId and id = @Id";
    private const string MessageSql = "select true from messages where organization_id = @OrganizationId and id = @Id";
    private const string CannedReplySql = "select true from canned_replies where organization_id = @OrganizationId and id = @Id";
    private const string NotificationSql = "select true from notifications where organization_id = @OrganizationId and id = @Id";
    private const string InvoiceSql = "select true from invoices where organization_id = @OrganizationId and id = @Id and deleted_at is null";

    private const string ExportSql = "select true from exports where organization_id = @OrganizationId and id = @Id";

    public static async Task<Error> Refusal(Db db, Scope scope, Owned kind, Guid id, Error missing, CancellationToken ct) =>
        await db.Find<bool>(scope, Sql(kind), new { Id = id }, ct) ? Colleagues(kind) : missing;

    public static async Task<Error> Refusal(DbTransaction tx, Owned kind, Guid id, Error missing) =>
        await tx.Find<bool>(Sql(kind), new { Id = id }) ? Colleagues(kind) : missing;

    private static string Sql(Owned kind) => kind switch
    {
        Owned.Deal => DealSql,
        Owned.Task => TaskSql,
        Owned.Import => ImportSql,
        Owned.Template => TemplateSql,
        Owned.Campaign => CampaignSql,
        Owned.Conversation => ConversationSql,
        Owned.Message => MessageSql,
        Owned.CannedReply => CannedReplySql,
        Owned.Notification => NotificationSql,
        Owned.Invoice => InvoiceSql,
        Owned.Export => ExportSql,
    };

    private static Error Colleagues(Owned kind) => Errors.Forbidden with { Message = $"This {Word(kind)} belongs to a colleague." };

    private static string Word(Owned kind) => kind == Owned.CannedReply ? "canned reply" : kind.ToString().ToLowerInvariant();
}
