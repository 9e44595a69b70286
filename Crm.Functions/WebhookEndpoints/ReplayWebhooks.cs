using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.WebhookEndpoints;

public static class ReplayWebhooks
{
    private const int MostAtOnce = 10_000;

    /// <param name="Since">Those of events since then; all that are kept when absent.</param>
    /// <param name="IncludeDelivered">Those that arrived too, for a receiver that lost what it had.</param>
    [ValidatableType]
    public sealed record Request(ClientTime? Since, bool IncludeDelivered = false)
    {
        public static Request Example => new(new ClientTime(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Unspecified), null, true));
    }

    /// <param name="Replayed">How many are sent again.</param>
    public sealed record Response(int Replayed);

    // A whole day of tries again, the first at once.
    private const string Sql = """
        with chosen as (
            select d.id
            from webhook_deliveries d
            where d.organization_id = @OrganizationId
              and d.endpoint_id = @Id
              and (d.state = 'failed' or @IncludeDelivered and d.state = 'delivered')
              and (@Since::timestamptz is null or d.created_at >= @Since)
            order by d.created_at, d.id
            limit @MostAtOnce)
        update webhook_deliveries d
        set state = 'pending', attempts = 0, due_at = @Now, queued_until = null
        from chosen
        where d.organization_id = @OrganizationId
          and d.id = chosen.id
        returning d.event_id
        """;

    /// <summary>Sends again what failed, or all there was since a time; the oldest 10,000 at once.</summary>
    /// <remarks>They keep their <c>webhook-id</c>. 409 WEBHOOK_ENDPOINT_DISABLED while the endpoint is.</remarks>
    [Function("ReplayWebhooks"), Tags("Webhook endpoints"), Allow(Permission.ManageWebhooks)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "webhook-endpoints/{id:guid}/replay")] Request request, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Organization, async tx =>
        {
            if (await WebhookEndpoint.Find(tx, id) is not { } endpoint)
                return Errors.WebhookEndpointNotFound;
            if (!endpoint.IsEnabled)
                return Errors.WebhookEndpointDisabled;
            var events = await tx.List<Guid>(Sql, new { endpoint.Id, request.IncludeDelivered, Since = request.Since?.In(caller.Zone), MostAtOnce, tx.Now });
            await tx.SendAll(Queues.DeliverWebhooks, events.Select(one => (caller.OrganizationId, new AuditTrail.Told(caller.OrganizationId, one, id))));
            await tx.Audit(caller.UserId, "webhook_endpoint.replayed", "webhook_endpoint", id, new { count = events.Count });
            return new Response(events.Count);
        }, ct);
}
