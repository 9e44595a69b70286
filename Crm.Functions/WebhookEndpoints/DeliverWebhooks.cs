using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using Crm.Functions.Audit;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.Webhooks;

namespace Crm.Functions.WebhookEndpoints;

/// <summary>
/// Sends an event to the endpoints that asked for it. Each delivery is claimed for a while, made, and marked. When the process dies in between, the claim runs
/// out and SweepWebhooks queues it again: an event may come twice, and never not at all.
/// </summary>
public static class DeliverWebhooks
{
    /// <summary>Longer than one call can take.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(45);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What an endpoint gets.</summary>
    private sealed record Payload(string Type, string Timestamp, PayloadData Data);

    private sealed record PayloadData(Guid OrganizationId, string EntityType, Guid? EntityId, Guid? ActorId, JsonElement? Facts);

    private sealed record Due(
        Guid Id, Guid EndpointId, int Attempts, string Url, byte[] Secret, byte[]? PreviousSecret,
        string Type, string EntityType, Guid? EntityId, Guid? ActorId, string? Facts, DateTimeOffset At);

    private const string ClaimSql = """
        update webhook_deliveries d
        set attempts = attempts + 1, due_at = @LeaseEnd, queued_until = null
        from webhook_endpoints e, audit_events a
        where d.organization_id = @OrganizationId
          and d.event_id = @EventId
          and (@EndpointId::uuid is null or d.endpoint_id = @EndpointId)
          and d.state = 'pending'
          and d.due_at <= @Now
          and e.organization_id = d.organization_id
          and e.id = d.endpoint_id
          and e.is_enabled
          and a.organization_id = d.organization_id
          and a.id = d.event_id
        returning d.id, d.endpoint_id, d.attempts, e.url, e.secret, case when e.previous_until > @Now then e.previous_secret end as previous_secret,
                  a.action as type, a.entity_type, a.entity_id, a.actor_id, a.data::text as facts, a.created_at as at
        """;

    // Unless it was rotated meanwhile.
    private const string ResealSql = """
        update webhook_endpoints
        set secret = @Sealed
        where organization_id = @OrganizationId
          and id = @EndpointId
          and secret = @Secret
        """;

    [Function("DeliverWebhooks")]
    public static async Task Handle(
        [QueueTrigger(Queues.DeliverWebhooks)] AuditTrail.Told? message, Db db, WebhookClient client, SealedSecrets secrets, ILoggerFactory logs,
        CancellationToken ct)
    {
        if (Queues.IsBlank(logs.CreateLogger(Queues.DeliverWebhooks), Queues.DeliverWebhooks, message?.OrganizationId, message?.EventId))
            return;
        var scope = new Scope(message!.OrganizationId);
        var due = await db.List<Due>(scope, ClaimSql, new { message.EventId, message.EndpointId, db.Now, LeaseEnd = db.Now + Lease }, ct);
        // An endpoint that does not answer keeps no other waiting.
        var outcomes = await Task.WhenAll(due.Select(one => Send(one, message, secrets, client, db.Now, ct)));
        foreach (var (one, (outcome, took)) in due.Zip(outcomes))
        {
            await SettledWebhook.Settle(db, scope, one.Id, one.EndpointId, one.Attempts, outcome, took);
            if (secrets.Open(one.Secret, one.EndpointId) is (var secret, IsOld: true))
                await db.Execute(scope, ResealSql, new { one.EndpointId, one.Secret, Sealed = secrets.Seal(secret, one.EndpointId) }, ct);
        }
    }

    private static async Task<(WebhookOutcome Outcome, TimeSpan Took)> Send(
        Due due, AuditTrail.Told told, SealedSecrets secrets, WebhookClient client, DateTimeOffset now, CancellationToken ct)
    {
        string?[] opened = [secrets.Open(due.Secret, due.EndpointId)?.Secret, due.PreviousSecret is { } old ? secrets.Open(old, due.EndpointId)?.Secret : null];
        string[] valid = [.. opened.OfType<string>()];
        if (opened[0] is null)
            return (new(null, "Its secret cannot be read since the app's signing key changed: rotate it.", null), TimeSpan.Zero);
        var id = told.EventId.ToString();
        var body = JsonSerializer.Serialize(
            new Payload(
                due.Type, due.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
                new(told.OrganizationId, due.EntityType, due.EntityId, due.ActorId, due.Facts is null ? null : JsonElement.Parse(due.Facts))),
            Json);
        var headers = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [WebhookSignature.IdHeader] = id,
            [WebhookSignature.TimeHeader] = WebhookSignature.Seconds(now),
            [WebhookSignature.SignatureHeader] = WebhookSignature.Of(id, now, body, valid),
        };
        var watch = Stopwatch.StartNew();
        var outcome = await client.Post(new Uri(due.Url), body, headers, ct);
        return (outcome, watch.Elapsed);
    }
}
