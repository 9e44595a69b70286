using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Functions.Email;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Tasks;

/// <summary>Whom and what a task names: its assignee, its contact and its deal, and whether the caller may name them.</summary>
internal sealed record TaskParties
{
    public string? AssigneeStatus { get; init; }
    public string AssigneeEmail { get; init; } = "";
    public string AssigneeFirstName { get; init; } = "";
    public string? AssigneeZone { get; init; }
    public bool AssigneeWantsMail { get; init; }

    /// <summary>The contact that the id given stands for now; null when there is no such contact.</summary>
    public Guid? ContactId { get; init; }
    public bool ContactIsVisible { get; init; }
    public bool DealIsVisible { get; init; }

    /// <summary>The deal's contact; null when there is no such deal.</summary>
    public Guid? DealContactId { get; init; }

    // A user's preferences {"notifications":{"taskAssigned":false}} switch the mail off. The deal is held before the contact, as everybody locks them, and
    // the contact so that it is not merged away before the task points to it.
    private const string Sql = $$"""
        with deal as (
            select contact_id, owner_id, deleted_at
            from deals
            where organization_id = @OrganizationId and id = @DealId
            for no key update),
        contact as (
            select id, owner_id
            from contacts
            where organization_id = @OrganizationId and id = {{ContactAccess.StandsFor}} and merged_into is null and (select count(*) from deal) >= 0
            for key share)
        select u.status as assignee_status, u.email as assignee_email, u.first_name as assignee_first_name, u.timezone as assignee_zone,
               coalesce(u.preferences #>> '{notifications,taskAssigned}', 'true') <> 'false' as assignee_wants_mail,
               c.id as contact_id, c.id is not null and (@OwnerId::uuid is null or c.owner_id is not distinct from @OwnerId) as contact_is_visible,
               d.contact_id as deal_contact_id, d.contact_id is not null and (@OwnerId::uuid is null or d.owner_id = @OwnerId) as deal_is_visible
        from organizations o
        left join users u on u.organization_id = o.id and u.id = @AssigneeId
        left join contact c on true
        left join deal d on d.deleted_at is null
        where o.id = @OrganizationId
        """;

    public static async Task<TaskParties> Find(DbTransaction tx, Guid assigneeId, Guid? contactId, Guid? dealId)
    {
        var args = new { AssigneeId = assigneeId, ContactId = contactId, DealId = dealId };
        var parties = (await tx.Find<TaskParties>(Sql, args))!;
        // A contact that was merged away at this very moment stands for another one now.
        return contactId is null || parties.ContactId is not null ? parties : (await tx.Find<TaskParties>(Sql, args))!;
    }

    public Error? AssigneeFault => AssigneeStatus switch
    {
        null => Errors.UserNotFound,
        "active" => null,
        _ => Errors.UserInactive,
    };

    public Error? DealFault =>
        DealContactId is null ? Errors.DealNotFound
        : DealIsVisible ? null
        : Errors.Forbidden with { Message = "This deal belongs to a colleague." };

    public Error? ContactFault =>
        ContactIsVisible ? null
        : ContactId is not null ? ContactAccess.Colleagues
        : Errors.ContactNotFound;

    /// <summary>Tells the assignee, unless they gave themselves the task or do not want to be told.</summary>
    public async Task Tell(DbTransaction tx, Caller caller, Guid assigneeId, string title, DateTimeOffset? due)
    {
        if (assigneeId == caller.UserId || !AssigneeWantsMail)
            return;
        var zone = TimeZones.First(AssigneeZone, caller.OrganizationZone);
        await tx.SendEmail(AssigneeEmail, new TaskAssignedLetter(AssigneeFirstName, caller.Name, title, due is { } at ? CrmTask.InWords(at, zone) : null));
    }
}
