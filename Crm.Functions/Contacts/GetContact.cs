using System.Text.Json.Serialization;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

/// <summary>A single contact, with how much belongs to it.</summary>
public sealed record ContactDetail : Contact
{
    /// <summary>What belongs to it and the caller may see.</summary>
    [JsonPropertyOrder(1)]
    public ContactCounts Counts => new(DealCount, TaskCount, InvoiceCount, ConversationCount);

    /// <summary>The sum of those deals that are open and in the organisation's currency.</summary>
    [JsonPropertyOrder(1)]
    public required decimal OpenDealsValue { get; init; }

    internal long DealCount { get; init; }
    internal long TaskCount { get; init; }
    internal long InvoiceCount { get; init; }
    internal long ConversationCount { get; init; }
}

/// <summary>How many deals, tasks, invoices and conversations a contact has.</summary>
public sealed record ContactCounts(long Deals, long Tasks, long Invoices, long Conversations);

public static class GetContact
{
    private const string Sql = $"""
        select {Contact.Columns}, d.deal_count, d.open_deals_value,
               (select count(*)
                from tasks t
                where t.organization_id = c.organization_id and t.contact_id = c.id and t.deleted_at is null
                  and (@OwnerId::uuid is null or t.assignee_id = @OwnerId)) as task_count,
               (select count(*)
                from invoices i
                where i.organization_id = c.organization_id and i.contact_id = c.id and i.deleted_at is null
                  and (@OwnerId::uuid is null or i.creator_id = @OwnerId)) as invoice_count,
               (select count(*)
                from conversations v
                where v.organization_id = c.organization_id and v.contact_id = c.id) as conversation_count
        from contacts c
        join organizations o on o.id = c.organization_id
        left join users u on u.organization_id = c.organization_id and u.id = c.owner_id
        cross join lateral (
            select count(*) as deal_count, coalesce(sum(value) filter (where status = 'open' and currency = o.currency), 0.00) as open_deals_value
            from deals
            where organization_id = c.organization_id and contact_id = c.id and deleted_at is null
              and (@OwnerId::uuid is null or owner_id = @OwnerId)) d
        where c.organization_id = @OrganizationId
          and c.id = @ContactId
          and c.merged_into is null
          and (@OwnerId::uuid is null or c.owner_id = @OwnerId)
        """;

    /// <summary>One contact, with how many deals, tasks, invoices and conversations it has.</summary>
    /// <remarks>
    /// Inactive and deleted contacts stay readable, so that they can be restored; the id of a merged one answers with the contact it
    /// became. The <c>ETag</c> is the contact's version, for <c>If-Match</c>; it says nothing about the counts.
    /// </remarks>
    [Function("GetContact"), Tags("Contacts"), Allow(Permission.ReadContacts)]
    public static async Task<Reply<ContactDetail>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "contacts/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct)
    {
        var scope = caller.Scope;
        var (contact, fault) = await ContactAccess.Find(db, scope, id, id => db.Find<ContactDetail>(scope, Sql, new { ContactId = id }, ct), ct);
        return fault is not null ? fault : Reply<ContactDetail>.Versioned(contact!, contact!.Version);
    }
}
