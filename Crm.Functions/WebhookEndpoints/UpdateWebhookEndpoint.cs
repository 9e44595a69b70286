using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;
using Crm.Shared.Integrations.Webhooks;

namespace Crm.Functions.WebhookEndpoints;

public static class UpdateWebhookEndpoint
{
    /// <summary>Any of the fields of a new one: an absent one stays as it is.</summary>
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new() { Events = new string[] { "deal.won", "deal.lost" }, Description = "Our warehouse" };

        /// <summary>Where it is called: https, and on the internet.</summary>
        [Needed, WebAddress(secure: true)]
        public Optional<string> Url { get; init; }

        /// <summary>The types of events it hears of; <c>*</c>: all of them.</summary>
        [Needed, Few(CreateWebhookEndpoint.MostTypes)]
        public Optional<string[]> Events { get; init; }

        /// <summary>What it is for.</summary>
        [Text(CreateWebhookEndpoint.LongestDescription)]
        public Optional<string?> Description { get; init; }

        /// <summary>Whether it is called. What happens while it is disabled is not kept for it.</summary>
        [Needed]
        public Optional<bool> IsEnabled { get; init; }
    }

    private sealed record Row(string Url, string? Description, string[] Events, bool IsEnabled);

    private const string LockSql = """
        select url, description, events, is_enabled
        from webhook_endpoints
        where organization_id = @OrganizationId
          and id = @Id
        for no key update
        """;

    private const string UpdateSql = $"""
        update webhook_endpoints
        set url = @Url, description = @Description, events = @Events, is_enabled = @IsEnabled, updated_at = @Now, version = version + 1,
            failing_since = case when @IsEnabled and not is_enabled then null else failing_since end,
            disabled_reason = null
        where organization_id = @OrganizationId
          and id = @Id
          and {WebhookEndpoint.AreTypes}
        """;

    /// <summary>Changes where an endpoint is, what it hears of, or whether it is called at all.</summary>
    /// <remarks>With <c>If-Match</c> the change happens only to that version, else 409 VERSION_CONFLICT.</remarks>
    [Function("UpdateWebhookEndpoint"), Tags("Webhook endpoints"), Allow(Permission.ManageWebhooks)]
    public static async Task<Reply<WebhookEndpoint>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "webhook-endpoints/{id:guid}")] Request request, Guid id, HttpContext context, Caller caller, Db db,
        WebhookClient client, CancellationToken ct)
    {
        if (request.Url.IsSet && client.Refusal(new Uri(request.Url.Value.Trim())) is { } refusal)
            return Error.Invalid("url", $"url {refusal}.");
        return await db.Transaction<Reply<WebhookEndpoint>>(caller.Organization, async tx =>
        {
            if (await tx.Find<Row>(LockSql, new { Id = id }) is not { } before)
                return Errors.WebhookEndpointNotFound;
            if (Etag.Conflict(context, (await WebhookEndpoint.Find(tx, id))!.Version) is { } conflict)
                return conflict;
            var after = new Row(
                request.Url.Or(before.Url).Trim(), Fields.Text(request.Description.Or(before.Description)),
                request.Events.IsSet ? WebhookEndpoint.Types(request.Events.Value) : before.Events, request.IsEnabled.Or(before.IsEnabled));
            var changes = Change.Between(before, after);
            if (changes.Length > 0)
            {
                if (await tx.Execute(UpdateSql, new { Id = id, after.Url, after.Description, after.Events, after.IsEnabled, tx.Now }) == 0)
                    return WebhookEndpoint.UnknownType;
                await tx.Audit(caller.UserId, "webhook_endpoint.updated", "webhook_endpoint", id, new { changes });
            }

            var endpoint = (await WebhookEndpoint.Find(tx, id))!;
            return Reply<WebhookEndpoint>.Live(endpoint, endpoint.Version);
        }, ct);
    }
}
