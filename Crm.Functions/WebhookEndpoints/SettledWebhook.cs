using Crm.Functions.Audit;
using Crm.Functions.Notifications;
using Crm.Shared.Database;
using Crm.Shared.Integrations.Webhooks;

namespace Crm.Functions.WebhookEndpoints;

/// <summary>What a try came to: it arrived, it is tried again, or given up; and an endpoint that never answers is disabled.</summary>
internal static class SettledWebhook
{
    /// <summary>The waits after each try: a day in all.</summary>
    private static readonly TimeSpan[] Waits =
    [
        TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1), TimeSpan.FromHours(2),
        TimeSpan.FromHours(4), TimeSpan.FromHours(8), TimeSpan.FromHours(8),
    ];

    /// <summary>Nothing at all has arrived for as long when something is given up: the endpoint is left alone.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    // Of this try only: when the lease ran out in the meantime somebody else has it.
    private const string SettleSql = """
        update webhook_deliveries
        set state = @State, due_at = coalesce(@DueAt::timestamptz, due_at), tried_at = @Now, status_code = @StatusCode, error = @Error, response = @Response,
            milliseconds = @Milliseconds, delivered_at = case when @State = 'delivered' then @Now end
        where organization_id = @OrganizationId
          and id = @Id
          and attempts = @Attempts
          and state = 'pending'
        """;

    private const string AnsweredSql = """
        update webhook_endpoints
        set failing_since = null
        where organization_id = @OrganizationId
          and id = @EndpointId
          and failing_since is not null
        """;

    // Changed again only where it may be disabled next.
    private const string FailedSql = """
        update webhook_endpoints
        set failing_since = coalesce(failing_since, @Now)
        where organization_id = @OrganizationId
          and id = @EndpointId
          and (failing_since is null or @GivesUp)
        """;

    private const string DisableSql = """
        update webhook_endpoints
        set is_enabled = false, disabled_reason = @Reason, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @EndpointId
          and is_enabled
          and (@IsGone or failing_since <= @Limit)
        returning url, creator_id
        """;

    private const string GiveUpSql = """
        update webhook_deliveries
        set state = 'failed', error = coalesce(error, 'The endpoint was disabled.')
        where organization_id = @OrganizationId
          and endpoint_id = @EndpointId
          and state = 'pending'
        """;

    // Whoever made it, and who answers for the organisation.
    private const string ToldSql = """
        select id
        from users
        where organization_id = @OrganizationId
          and status = 'active'
          and (role = 'owner' or id = @CreatorId)
        order by id
        """;

    private sealed record Disabled(string Url, Guid CreatorId);

    /// <summary>Marks a try as what it came to; the endpoint is locked before the delivery, as everybody does.</summary>
    public static Task Settle(Db db, Scope scope, Guid id, Guid endpointId, int attempts, WebhookOutcome outcome, TimeSpan took) =>
        db.Transaction(scope, async tx =>
        {
            var again = !outcome.Arrived && !outcome.IsGone && attempts <= Waits.Length;
            // The endpoint before what is on its way there: the order in which it is disabled.
            await tx.Execute(outcome.Arrived ? AnsweredSql : FailedSql, new { EndpointId = endpointId, GivesUp = !again, tx.Now });
            var settled = await tx.Execute(SettleSql, new
            {
                Id = id,
                Attempts = attempts,
                State = outcome.Arrived ? "delivered" : again ? "pending" : "failed",
                DueAt = again ? tx.Now + Waits[attempts - 1] * (0.9 + Random.Shared.NextDouble() / 5) : (DateTimeOffset?)null,
                outcome.StatusCode,
                outcome.Error,
                outcome.Response,
                Milliseconds = (int)took.TotalMilliseconds,
                tx.Now,
            });
            if (settled == 0)
                tx.Abandon();
            else if (!outcome.Arrived && !again)
                await Disable(tx, endpointId, outcome);
            return settled;
        }, CancellationToken.None);

    private static async Task Disable(DbTransaction tx, Guid endpointId, WebhookOutcome outcome)
    {
        var reason = outcome.IsGone ? "It answered 410: gone." : $"Nothing arrived for {Patience.TotalDays} days.";
        var args = new { EndpointId = endpointId, Reason = reason, outcome.IsGone, Limit = tx.Now - Patience, tx.Now };
        if (await tx.Find<Disabled>(DisableSql, args) is not { } disabled)
            return;
        await tx.Execute(GiveUpSql, new { EndpointId = endpointId });
        await tx.Audit(null, "webhook_endpoint.disabled", "webhook_endpoint", endpointId, new { reason });
        foreach (var user in await tx.List<Guid>(ToldSql, new { disabled.CreatorId }))
            await tx.Notify(
                user, "webhook_endpoint.disabled", "A webhook endpoint was disabled", $"{disabled.Url}: {reason}", ("webhook_endpoint", endpointId));
    }
}
