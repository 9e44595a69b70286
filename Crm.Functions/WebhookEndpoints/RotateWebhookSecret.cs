using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.Webhooks;

namespace Crm.Functions.WebhookEndpoints;

public static class RotateWebhookSecret
{
    /// <summary>How long the old secret signs beside the new one.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(24);

    private const string Sql = $"""
        with e as (
            update webhook_endpoints
            set previous_secret = secret, previous_until = @Until, secret = @Secret, updated_at = @Now, version = version + 1
            where organization_id = @OrganizationId
              and id = @Id
            returning *)
        select {WebhookEndpoint.Columns}
        from e
        """;

    /// <summary>Gives an endpoint a new secret, which is shown in this answer alone.</summary>
    /// <remarks>For 24 hours what is sent is signed with both, so that none is refused while you put the new one in place.</remarks>
    [Function("RotateWebhookSecret"), Tags("Webhook endpoints"), Allow(Permission.ManageWebhooks)]
    public static Task<Reply<NewWebhookEndpoint>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "webhook-endpoints/{id:guid}/rotate-secret")] HttpRequest http, Guid id, Caller caller, Db db,
        SealedSecrets secrets, CancellationToken ct) =>
        db.Transaction<Reply<NewWebhookEndpoint>>(caller.Organization, async tx =>
        {
            var secret = WebhookSignature.NewSecret();
            var args = new { Id = id, Secret = secrets.Seal(secret, id), Until = tx.Now + Overlap, tx.Now };
            if (await tx.Find<NewWebhookEndpoint>(Sql, args) is not { } endpoint)
                return Errors.WebhookEndpointNotFound;
            await tx.Audit(caller.UserId, "webhook_endpoint.secret_rotated", "webhook_endpoint", id);
            return endpoint with { Secret = secret };
        }, ct);
}
