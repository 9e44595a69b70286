using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.Webhooks;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Admin;

/// <summary>A webhook endpoint of the demo organisation, where nobody is.</summary>
internal static class DemoWebhooks
{
    private const string Sql = """
        insert into webhook_endpoints (organization_id, id, url, description, events, secret, creator_id, created_at, updated_at)
        values (@OrganizationId, @Id, 'https://hooks.example/acme', 'The warehouse', '{contacts.imported,payment.refunded}', @Secret, @CreatorId, @Now, @Now)
        """;

    public static async Task Add(DbTransaction tx, string? signingKey)
    {
        var id = Demo.WebhookEndpoint;
        var secrets = new SealedSecrets(Options.Create(new JwtOptions { Key = signingKey ?? WebhookSignature.NewSecret() }));
        await tx.Execute(Sql, new { Id = id, Secret = secrets.Seal(WebhookSignature.NewSecret(), id), CreatorId = Demo.Owner, tx.Now });
    }
}
