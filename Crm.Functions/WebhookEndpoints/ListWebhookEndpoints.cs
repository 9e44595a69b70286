using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.WebhookEndpoints;

public static class ListWebhookEndpoints
{
    /// <param name="WebhookEndpoints">In the order in which they were added.</param>
    public sealed record Response(IReadOnlyList<WebhookEndpoint> WebhookEndpoints);

    /// <param name="EventTypes">Their names.</param>
    public sealed record TypesResponse(IReadOnlyList<string> EventTypes);

    private const string Sql = $"""
        select {WebhookEndpoint.Columns}
        from webhook_endpoints e
        where e.organization_id = @OrganizationId
        order by e.created_at, e.id
        """;

    private const string TypesSql = "select unnest(webhook_event_types())";

    /// <summary>The organisation's webhook endpoints, ten at most.</summary>
    [Function("ListWebhookEndpoints"), Tags("Webhook endpoints"), Allow(Permission.ManageWebhooks)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "webhook-endpoints")] HttpRequest http, Caller caller, Db db, CancellationToken ct) =>
        new Response(await db.List<WebhookEndpoint>(caller.Organization, Sql, new { db.Now }, ct));

    /// <summary>One webhook endpoint.</summary>
    /// <remarks>The <c>ETag</c> is its version.</remarks>
    [Function("GetWebhookEndpoint"), Tags("Webhook endpoints"), Allow(Permission.ManageWebhooks)]
    public static async Task<Reply<WebhookEndpoint>> Get(
        [HttpTrigger(Anonymous, "get", Route = "webhook-endpoints/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        await db.Find<WebhookEndpoint>(caller.Organization, WebhookEndpoint.ByIdSql, new { Id = id, db.Now }, ct) is { } endpoint
            ? Reply<WebhookEndpoint>.Live(endpoint, endpoint.Version)
            : Errors.WebhookEndpointNotFound;

    /// <summary>The types of events that an endpoint may hear of.</summary>
    [Function("ListWebhookEventTypes"), Tags("Webhook endpoints"), Allow(Permission.ManageWebhooks)]
    public static async Task<Reply<TypesResponse>> Types(
        [HttpTrigger(Anonymous, "get", Route = "webhook-endpoints/event-types")] HttpRequest http, Caller caller, Db db, CancellationToken ct) =>
        new TypesResponse(await db.List<string>(caller.Organization, TypesSql, null, ct));
}
