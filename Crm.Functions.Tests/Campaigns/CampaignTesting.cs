using System.Text.Json;
using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Campaigns;

internal static class CampaignTesting
{
    private const string ContactsSql = """
        insert into contacts (organization_id, id, owner_id, first_name, email, email_key, phone, created_at, updated_at)
        select $1, uuidv7(), $2, 'Contact ' || n, $3 || n || '@campaigns.test', $3 || n || '@campaigns.test', '+1415555' || lpad(n::text, 4, '0'), $5, $5
        from generate_series(1, $4) n
        """;

    /// <summary>Contacts of an owner with addresses of their own; returns their ids in the order of their numbers.</summary>
    public static async Task<Guid[]> AddContacts(this TestOrganization org, int count, TestUser? owner = null)
    {
        var prefix = $"{Guid.NewGuid():N}-";
        await org.App.Sql(ContactsSql, org.Id, (owner ?? org.Owner).Id, prefix, count, org.App.Clock.GetUtcNow());
        return await org.App.Scalar<Guid[]>(
            "select array_agg(id order by id) from contacts where organization_id = $1 and email_key like $2 || '%'", org.Id, prefix);
    }

    /// <summary>A campaign of a user's, which can be sent.</summary>
    public static async Task<Guid> AddCampaign(
        this TestUser user, Guid[]? contacts = null, object? settings = null, object? segment = null, string? at = null) =>
        (await user.Post("/campaigns", new
        {
            name = "Spring",
            type = "email",
            subject = "Hello {{ first_name }}",
            content = "Hello {{ first_name }}",
            contactIds = contacts,
            settings,
            segment,
            scheduledAt = at,
        })).Expect(201).Data.Id("id");

    public static async Task<JsonElement> Campaign(this TestUser user, Guid id) => (await user.Get($"/campaigns/{id}")).Expect(200).Data;

    public static async Task<string> Status(this TestUser user, Guid id) => (await user.Campaign(id)).Text("status");

    /// <summary>What the vendor and the recipients did, as the ledger has it: some of those who wait become this.</summary>
    public static Task Change(this TestOrganization org, Guid campaign, int many, string what) => org.App.Sql(
        $"""
        update deliveries
        set {what}
        where organization_id = $1
          and id in (select id from deliveries where organization_id = $1 and campaign_id = $2 and status = 'pending' and call_id is null order by id limit $3)
        """, org.Id, campaign, many);

    /// <summary>Nobody of a campaign is written to until tomorrow: one that is sent stays on its way.</summary>
    public static Task Hold(this TestOrganization org, Guid campaign) => org.App.Sql(
        "update deliveries set not_before = $3 where organization_id = $1 and campaign_id = $2", org.Id, campaign, org.App.Clock.GetUtcNow().AddDays(1));

    public static Task<long> Count(this TestOrganization org, string sql, params object[] values) => org.App.Scalar<long>(sql, [org.Id, .. values]);
}
