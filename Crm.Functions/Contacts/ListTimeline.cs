using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Contacts;

public static class ListTimeline
{
    private sealed record Visible(Guid Id);

    public sealed record Response(IReadOnlyList<TimelineEntry> Timeline, PageMeta Meta);

    private const string VisibleSql = """
        select id
        from contacts
        where organization_id = @OrganizationId
          and id = @ContactId
          and merged_into is null
          and (@OwnerId::uuid is null or owner_id = @OwnerId)
        """;

    private const string Where = """
        where t.organization_id = @OrganizationId
          and t.contact_id = @ContactId
          and t.deleted_at is null
          and (@Types::text[] is null or t.type = any(@Types))
          and (@From::timestamptz is null or t.occurred_at >= @From)
          and (@To::timestamptz is null or t.occurred_at < @To)
        """;

    // One contact's entries are one stretch of timeline_entries_contact, in this order.
    private const string Sql = $"""
        {TimelineEntry.Select}
        {Where}
          and (@AfterTime::timestamptz is null or (t.occurred_at, t.id) < (@AfterTime, @AfterId))
        order by t.occurred_at desc, t.id desc
        limit @Size + 1
        offset @Offset
        """;

    private const string CountSql = $"""
        select count(*)
        from (select from timeline_entries t {Where} limit 10001) t
        """;

    /// <summary>What happened with a contact, newest first.</summary>
    /// <param name="id">The contact.</param>
    /// <param name="type">Only entries of these types.</param>
    /// <param name="from">Only what happened from then on.</param>
    /// <param name="to">Only what happened before then; a date counts whole.</param>
    /// <param name="paging">Which page.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="db">The database.</param>
    /// <param name="ct">Ends with the request.</param>
    [Function("ListTimeline"), Tags("Contacts"), Allow(Permission.ReadContacts)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "contacts/{id:guid}/timeline")] HttpRequest http,
        Guid id, [FromQuery, OneOf("note", "call", "email", "sms", "meeting", "update", "deal", "task", "invoice", "payment", "campaign")] string[]? type,
        ClientTime? from, ClientTime? to, [Pages("occurredAt", ByCursor = true)] Paging paging, Caller caller, Db db, CancellationToken ct)
    {
        var scope = caller.Scope;
        var (contact, fault) = await ContactAccess.Find(db, scope, id, id => db.Find<Visible>(scope, VisibleSql, new { ContactId = id }, ct), ct);
        if (fault is not null)
            return fault;

        var types = QueryList.Words(type);
        var cursor = Cursor.Read(paging.Cursor);
        var args = new
        {
            ContactId = contact!.Id,
            Types = types,
            From = from?.In(caller.Zone),
            To = to?.EndIn(caller.Zone),
            AfterTime = cursor?.Time,
            AfterId = cursor?.Id,
            paging.Size,
            Offset = cursor is null ? paging.Offset : 0,
        };
        var (entries, total) = await db.ListWith<TimelineEntry>(scope, Sql, CountSql, args, isSearch: false, ct);
        var (rows, next) = Cursor.Cut(entries, paging.Size, entry => new Cursor(entry.OccurredAt, entry.Id));
        return new Response(rows, PageMeta.Of(paging, new(total, total > Total.ExactUpTo), next));
    }
}
