using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.Webhooks;

namespace Crm.Functions.WebhookEndpoints;

public static class CreateWebhookEndpoint
{
    internal const int MostTypes = 100;
    internal const int LongestDescription = 500;
    private const int MostEndpoints = 10;

    /// <param name="Url">Where it is called: https, and on the internet.</param>
    /// <param name="Events">The types of events it hears of; all of them when none is named.</param>
    /// <param name="Description">What it is for.</param>
    [ValidatableType]
    public sealed record Request(
        [Needed, WebAddress(secure: true)] string Url, [Few(MostTypes)] string[]? Events, [Text(LongestDescription)] string? Description)
    {
        public static Request Example => new("https://hooks.example/crm", ["contact.created", "deal.won", "payment.recorded"], "Our warehouse");
    }

    private const string LockSql = """
        select 1
        from organizations
        where id = @OrganizationId
        for no key update
        """;

    private const string InsertSql = $"""
        with e as (
            insert into webhook_endpoints (organization_id, id, url, description, events, secret, creator_id, created_at, updated_at)
            select @OrganizationId, @Id, @Url, @Description, @Events, @Secret, @CreatorId, @Now, @Now
            where {WebhookEndpoint.AreTypes}
            returning *)
        select {WebhookEndpoint.Columns}
        from e
        """;

    private const string CountSql = """
        select count(*)
        from webhook_endpoints
        where organization_id = @OrganizationId
        """;

    /// <summary>Adds an address that hears of what happens from now on.</summary>
    /// <remarks>
    /// Events come as <c>{type, timestamp, data}</c>, signed as Standard Webhooks says, each at least once and in no order: <c>webhook-id</c> is the same
    /// whenever the same event comes. Answer 2xx within 15 seconds; anything else is tried again for a day. The secret is shown in this answer alone. 409
    /// WEBHOOK_ENDPOINTS_FULL beyond ten.
    /// </remarks>
    [Function("CreateWebhookEndpoint"), Tags("Webhook endpoints"), Allow(Permission.ManageWebhooks)]
    public static async Task<Created<NewWebhookEndpoint>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "webhook-endpoints")] Request request, Caller caller, Db db, SealedSecrets secrets, WebhookClient client,
        CancellationToken ct)
    {
        if (client.Refusal(new Uri(request.Url.Trim())) is { } refusal)
            return Error.Invalid("url", $"url {refusal}.");
        return await db.Transaction<Created<NewWebhookEndpoint>>(caller.Organization, async tx =>
        {
            var (id, secret) = (Guid.CreateVersion7(tx.Now), WebhookSignature.NewSecret());
            await tx.Execute(LockSql, null);
            if (await tx.Find<long>(CountSql, null) >= MostEndpoints)
                return Errors.WebhookEndpointsFull;
            var made = await tx.Find<NewWebhookEndpoint>(InsertSql, new
            {
                Id = id,
                Url = request.Url.Trim(),
                Description = Fields.Text(request.Description),
                Events = WebhookEndpoint.Types(request.Events),
                Secret = secrets.Seal(secret, id),
                CreatorId = caller.UserId,
                tx.Now,
            });
            if (made is null)
                return WebhookEndpoint.UnknownType;
            await tx.Audit(caller.UserId, "webhook_endpoint.created", "webhook_endpoint", id, new { made.Url, made.Events });
            return made with { Secret = secret };
        }, ct);
    }
}
