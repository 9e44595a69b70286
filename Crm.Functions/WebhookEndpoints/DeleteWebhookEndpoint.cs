using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.WebhookEndpoints;

public static class DeleteWebhookEndpoint
{
    public sealed record Response(Guid Id);

    private const string Sql = """
        delete from webhook_endpoints
        where organization_id = @OrganizationId
          and id = @Id
        returning url
        """;

    /// <summary>Deletes an endpoint, with what is on its way there and its log.</summary>
    [Function("DeleteWebhookEndpoint"), Tags("Webhook endpoints"), Allow(Permission.ManageWebhooks)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "webhook-endpoints/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Organization, async tx =>
        {
            if (await tx.Find<string>(Sql, new { Id = id }) is not { } url)
                return Errors.WebhookEndpointNotFound;
            await tx.Audit(caller.UserId, "webhook_endpoint.deleted", "webhook_endpoint", id, new { url });
            return new Response(id);
        }, ct);
}
