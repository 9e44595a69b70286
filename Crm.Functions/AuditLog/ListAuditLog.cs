using System.Text.Json;
using Crm.Functions.Auth;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.AuditLog;

public static class ListAuditLog
{
    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>Who did it.</summary>
        [FromQuery]
        public Guid? ActorId { get; init; }

        /// <summary>One or more actions, such as <c>contact.deleted</c> or <c>auth.login</c>.</summary>
        [FromQuery]
        [Text(500)]
        public string[]? Action { get; init; }

        /// <summary>What it was done to: contact, deal, user and so on.</summary>
        [FromQuery]
        [Text(50)]
        public string? EntityType { get; init; }

        /// <summary>Which one.</summary>
        [FromQuery]
        public Guid? EntityId { get; init; }

        /// <summary>From when on.</summary>
        [FromQuery]
        public ClientTime? From { get; init; }

        /// <summary>Until when; a date counts as a whole.</summary>
        [FromQuery]
        public ClientTime? To { get; init; }
    }

    /// <param name="Events">This page, newest first.</param>
    /// <param name="NextCursor">Give it as <c>cursor</c> for the next ones; null at the end.</param>
    public sealed record Response(IReadOnlyList<AuditEvent> Events, string? NextCursor);

    /// <summary>Something that was done.</summary>
    public sealed record AuditEvent
    {
        public required Guid Id { get; init; }

        /// <summary>What was done, such as <c>contact.deleted</c>.</summary>
        public required string Action { get; init; }

        /// <summary>Who did it; null: the app itself, a vendor, or a customer.</summary>
        public AuditActor? Actor => ActorId is { } id ? new(id, ActorName ?? "") : null;

        /// <summary>What it was done to.</summary>
        public required string EntityType { get; init; }

        /// <summary>Which one; null where it was done to many.</summary>
        public Guid? EntityId { get; init; }

        /// <summary>What else is known of it, by the kind of action.</summary>
        public JsonElement? Facts => Data is null ? null : JsonElement.Parse(Data);

        /// <summary>The client's address, where it counts: of sign-ins.</summary>
        public string? Address { get; init; }

        /// <summary>When it was done.</summary>
        public required DateTimeOffset CreatedAt { get; init; }

        internal Guid? ActorId { get; init; }
        internal string? ActorName { get; init; }
        internal string? Data { get; init; }
    }

    /// <summary>Who did something.</summary>
    public sealed record AuditActor(Guid Id, string Name);

    private sealed record Criteria(
        Guid? ActorId, string[]? Actions, string? EntityType, Guid? EntityId, DateTimeOffset? From, DateTimeOffset? To,
        DateTimeOffset? AfterTime, Guid? AfterId, int Size);

    // An index for each of actor, action and entity; by type alone the newest are looked through.
    private static string Sql(Criteria given) => $"""
        select e.id, e.action, e.entity_type, e.entity_id, e.data::text as data, e.address, e.created_at, e.actor_id,
               btrim(u.first_name || ' ' || u.last_name) as actor_name
        from (
            select *
            from audit_events
            where organization_id = @OrganizationId{string.Concat(Conditions(given).Select(condition => $"\n      and {condition}"))}
            order by created_at desc, id desc
            limit @Size + 1) e
        left join users u on u.organization_id = e.organization_id and u.id = e.actor_id
        order by e.created_at desc, e.id desc
        """;

    private static IEnumerable<string> Conditions(Criteria given)
    {
        if (given.ActorId is not null)
            yield return "actor_id = @ActorId";
        if (given.Actions is not null)
            yield return "action = any(@Actions)";
        if (given.EntityType is not null)
            yield return "entity_type = @EntityType";
        if (given.EntityId is not null)
            yield return "entity_id = @EntityId";
        if (given.From is not null)
            yield return "created_at >= @From";
        if (given.To is not null)
            yield return "created_at < @To";
        if (given.AfterId is not null)
            yield return "(created_at, id) < (@AfterTime, @AfterId)";
    }

    /// <summary>Who did what, newest first, for two years.</summary>
    [Function("ListAuditLog"), Tags("Audit"), Allow(Permission.ReadAuditLog)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "audit-log")] HttpRequest http,
        [AsParameters] Filter filter, [Pages(ByCursor = true)] Paging paging, Caller caller, Db db, CancellationToken ct)
    {
        var after = Cursor.Read(paging.Cursor);
        var criteria = new Criteria(
            filter.ActorId, QueryList.Words(filter.Action), Fields.Text(filter.EntityType)?.ToLowerInvariant(), filter.EntityId,
            filter.From?.In(caller.Zone), filter.To?.EndIn(caller.Zone), after?.Time, after?.Id, paging.Size);
        var rows = await db.Search<AuditEvent>(caller.Organization, Sql(criteria), criteria, ct);
        var (page, next) = Cursor.Cut(rows, paging.Size, row => new(row.CreatedAt, row.Id));
        return new Response(page, next);
    }
}
