using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.WebhookEndpoints;

public static class TestWebhookEndpoint
{
    private const string InsertSql = """
        insert into webhook_deliveries (organization_id, id, endpoint_id, event_id, event_type, due_at, created_at)
        select organization_id, @DeliveryId, id, @EventId, @Type, @Now, @Now
        from webhook_endpoints
        where organization_id = @OrganizationId
          and id = @Id
          and is_enabled
        """;

    private const string Type = "webhook_endpoint.tested";

    /// <summary>Sends an endpoint an event of the type <c>webhook_endpoint.tested</c>, whatever it asks for; its log shows what became of it.</summary>
    [Function("TestWebhookEndpoint"), Tags("Webhook endpoints"), Allow(Permission.ManageWebhooks)]
    public static Task<Reply<WebhookDelivery>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "webhook-endpoints/{id:guid}/test")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<WebhookDelivery>>(caller.Organization, async tx =>
        {
            if (await WebhookEndpoint.Find(tx, id) is not { } endpoint)
                return Errors.WebhookEndpointNotFound;
            var deliveryId = Guid.CreateVersion7(tx.Now);
            var eventId = await tx.Audit(caller.UserId, Type, "webhook_endpoint", id);
            if (await tx.Execute(InsertSql, new { DeliveryId = deliveryId, EventId = eventId, endpoint.Id, Type, tx.Now }) == 0)
            {
                tx.Abandon();
                return Errors.WebhookEndpointDisabled;
            }

            await tx.Send(Queues.DeliverWebhooks, new AuditTrail.Told(tx.Scope.OrganizationId, eventId, id));
            return (await tx.Find<WebhookDelivery>(WebhookDelivery.ByIdSql, new { Id = deliveryId }))!;
        }, ct);
}
