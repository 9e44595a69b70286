using System.Net;
using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tokens;
using Crm.Shared.Integrations.Webhooks;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Tests.WebhookEndpoints;

public sealed class WebhookEndpointTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task A_secret_is_shown_once_and_kept_sealed()
    {
        var org = await _app.NewOrganization();

        var made = (await org.Owner.Post("/webhook-endpoints", new { url = "https://hooks.example/a", events = new[] { "Deal.Won", "deal.won" } })).Expect(201);

        var secret = made.Data.Text("secret");
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        Assert.Equal(32, Convert.FromBase64String(secret["whsec_".Length..]).Length);
        Assert.Equal(["deal.won"], made.Data.GetProperty("events").EnumerateArray().Select(type => type.GetString()));
        var id = made.Data.Id("id");
        foreach (var path in new[] { "/webhook-endpoints", $"/webhook-endpoints/{id}", "/audit-log" })
            Assert.DoesNotContain(secret["whsec_".Length..], (await org.Owner.Get(path)).Expect(200).Body, StringComparison.Ordinal);
        var kept = await _app.Scalar<byte[]>("select secret from webhook_endpoints where id = $1", id);
        Assert.DoesNotContain(secret, System.Text.Encoding.Latin1.GetString(kept), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_fields_are_checked_and_changed()
    {
        var org = await _app.NewOrganization();
        foreach (var url in new[] { "ftp://hooks.example", "hooks.example", "https://user:pass@hooks.example/", "http://hooks.example/" })
            Assert.Equal(["url"], (await org.Owner.Post("/webhook-endpoints", new { url })).Expect(400, "VALIDATION_ERROR").Fields);
        var dreamt = new { url = "https://hooks.example", events = new[] { "deal.dreamt" } };
        Assert.Equal(["events"], (await org.Owner.Post("/webhook-endpoints", dreamt)).Expect(400).Fields);

        var made = (await org.Owner.Post("/webhook-endpoints", new { url = "https://hooks.example/a" })).Expect(201).Data;
        Assert.Equal(["*"], made.GetProperty("events").EnumerateArray().Select(type => type.GetString()));
        var path = $"/webhook-endpoints/{made.Id("id")}";
        var types = (await org.Owner.Get("/webhook-endpoints/event-types")).Expect(200).Data.GetProperty("eventTypes");
        var changed = (await org.Manager.Patch(path, new { events = types, description = "All of them", isEnabled = false })).Expect(200).Data;
        Assert.Equal(("disabled", "All of them", 2), (changed.Text("status"), changed.Text("description"), changed.Number("version")));
        Assert.Equal(2, (await org.Owner.Patch(path, new { description = "All of them" })).Expect(200).Data.Number("version"));
        (await org.Owner.Patch(path, new { description = "x" }, ("If-Match", "\"1\""))).Expect(409, "VERSION_CONFLICT");
        (await org.Owner.Patch(path, new { events = new[] { "deal.dreamt" } })).Expect(400, "VALIDATION_ERROR");
        (await org.Owner.Delete(path)).Expect(200);
        (await org.Owner.Get(path)).Expect(404, "WEBHOOK_ENDPOINT_NOT_FOUND");
        (await org.Staff.Get("/webhook-endpoints")).Expect(403, "FORBIDDEN");
    }

    [Fact]
    public async Task There_are_ten_at_most_also_of_those_that_come_at_once()
    {
        var org = await _app.NewOrganization();
        var replies = await Task.WhenAll(Enumerable.Range(0, 13).Select(i => org.Owner.Post("/webhook-endpoints", new { url = $"https://hooks.example/{i}" })));
        Assert.Equal((10, 3), (replies.Count(reply => reply.Status == 201), replies.Count(reply => reply.Code == "WEBHOOK_ENDPOINTS_FULL")));
    }

    [Fact]
    public async Task Every_type_is_an_action_that_the_code_writes()
    {
        var org = await _app.NewOrganization();
        var types = (await org.Owner.Get("/webhook-endpoints/event-types")).Expect(200).Data.GetProperty("eventTypes").EnumerateArray()
            .Select(type => type.GetString()!).ToArray();
        var code = string.Concat(
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "Crm.Functions"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        // Deals and invoices are recorded by the verb, and a deal by the type of its stage.
        Assert.All(types, type => Assert.True(
            code.Contains($"\"{type}\"", StringComparison.Ordinal) || code.Contains($"'{type}'", StringComparison.Ordinal)
                || code.Contains($"\"{type.Split('.')[1]}\"", StringComparison.Ordinal),
            type));
    }

    [Theory]
    [InlineData("93.184.216.34", true)]
    [InlineData("2606:2800:220:1:248:1893:25c8:1946", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.8.8.8", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("168.63.129.16", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.168.1.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:169.254.169.254", false)]
    [InlineData("::ffff:93.184.216.34", true)]
    [InlineData("::127.0.0.1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("2001:0:4136:e378::", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("ff02::1", false)]
    public void Only_addresses_on_the_internet_are_public(string address, bool isPublic) => Assert.Equal(isPublic, PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("http://hooks.example/", false)]
    [InlineData("https://127.0.0.1/", false)]
    [InlineData("https://2130706433/", false)]
    [InlineData("https://0x7f.1/", false)]
    [InlineData("https://[::ffff:10.0.0.1]/", false)]
    [InlineData("https://[fd00:ec2::254]/", false)]
    [InlineData("https://93.184.216.34/", true)]
    [InlineData("https://hooks.example/", true)]
    public void Literal_addresses_are_refused_at_once(string url, bool isTaken)
    {
        using var client = new WebhookClient(Options.Create(new WebhookOptions()));
        Assert.Equal(isTaken, client.Refusal(new Uri(url)) is null);
    }

    [Fact]
    public async Task A_name_that_leads_home_is_not_called()
    {
        await using var receiver = await WebhookReceiver.Open();
        using var client = new WebhookClient(Options.Create(new WebhookOptions()));

        var outcome = await client.Post(
            new Uri(receiver.Url.Replace("http://127.0.0.1", "https://localhost", StringComparison.Ordinal)), "{}", new Dictionary<string, string>(),
            TestContext.Current.CancellationToken);

        Assert.Equal((null, "The address leads to no place on the internet."), (outcome.StatusCode, outcome.Error));
        Assert.Empty(receiver.Received);
    }

    [Fact]
    public void A_sealed_secret_opens_with_the_key_of_before_and_for_its_own_row_alone()
    {
        static SealedSecrets With(string key, string? previous = null) => new(Options.Create(new JwtOptions { Key = key, PreviousKey = previous }));
        var row = Guid.NewGuid();
        var box = With("the first key of 32 characters or").Seal("whsec_abc", row);

        Assert.Equal(("whsec_abc", false), With("the first key of 32 characters or").Open(box, row));
        Assert.Equal(("whsec_abc", true), With("the second key of 32 characters o", "the first key of 32 characters or").Open(box, row));
        Assert.Null(With("the second key of 32 characters o").Open(box, row));
        Assert.Null(With("the first key of 32 characters or").Open(box, Guid.NewGuid()));
    }
}
