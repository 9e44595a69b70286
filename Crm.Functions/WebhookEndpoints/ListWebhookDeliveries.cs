using Crm.Functions.Auth;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.WebhookEndpoints;

public static class ListWebhookDeliveries
{
    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>pending, delivered or failed.</summary>
        [FromQuery]
        [OneOf("pending", "delivered", "failed")]
        public string? State { get; init; }
    }

    /// <param name="Deliveries">This page, newest first.</param>
    /// <param name="NextCursor">Give it as <c>cursor</c> for the next ones; null at the end.</param>
    public sealed record Response(IReadOnlyList<WebhookDelivery> Deliveries, string? NextCursor);

    private static string Sql(bool hasState, bool isAfter) => $"""
        select {WebhookDelivery.Columns}
        from webhook_deliveries d
        where d.organization_id = @OrganizationId
          and d.endpoint_id = @Id{(hasState ? "\n  and d.state = @State" : "")}{(isAfter ? "\n  and (d.created_at, d.id) < (@AfterTime, @AfterId)" : "")}
        order by d.created_at desc, d.id desc
        limit @Size + 1
        """;

    /// <summary>What was sent to an endpoint in the last 30 days and is on its way there.</summary>
    [Function("ListWebhookDeliveries"), Tags("Webhook endpoints"), Allow(Permission.ManageWebhooks)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "webhook-endpoints/{id:guid}/deliveries")] HttpRequest http, Guid id, [AsParameters] Filter filter,
        [Pages(ByCursor = true)] Paging paging, Caller caller, Db db, CancellationToken ct)
    {
        if (await db.Find<WebhookEndpoint>(caller.Organization, WebhookEndpoint.ByIdSql, new { Id = id, db.Now }, ct) is null)
            return Errors.WebhookEndpointNotFound;
        var (state, after) = (Fields.Text(filter.State)?.ToLowerInvariant(), Cursor.Read(paging.Cursor));
        var rows = await db.Search<WebhookDelivery>(
            caller.Organization, Sql(state is not null, after is not null),
            new { Id = id, State = state, AfterTime = after?.Time, AfterId = after?.Id, paging.Size }, ct);
        var (page, next) = Cursor.Cut(rows, paging.Size, row => new(row.CreatedAt, row.Id));
        return new Response(page, next);
    }
}
