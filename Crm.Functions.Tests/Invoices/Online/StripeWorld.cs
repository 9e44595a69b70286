using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Functions.Tests.Fixture;
using Crm.Local.Providers;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Invoices.Online;

/// <summary>What customers, their banks and Stripe do in tests.</summary>
internal static class StripeWorld
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Begins a payment; returns Stripe's id of it.</summary>
    public static async Task<string> BeginPayment(this TestUser user, Guid invoice, decimal? amount = null) =>
        (await user.Post($"/invoices/{invoice}/pay", new { amount })).Expect(200).Data.GetProperty("paymentIntentId").GetString()!;

    /// <summary>Lets something happen at Stripe; the app is told at once unless it says webhook: never.</summary>
    public static async Task<JsonElement> Simulate(this TestApp app, string what, object body, int expected = 200)
    {
        using var client = new HttpClient { BaseAddress = app.Providers.BaseUrl };
        using var response = await client.PostAsJsonAsync($"/simulate/{what}", body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == expected, $"/simulate/{what}: expected {expected}, got {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public static Task Pay(this TestApp app, string intent, string outcome = "succeeded", string webhook = "now") =>
        app.Simulate("pay", new { paymentIntentId = intent, outcome, webhook });

    /// <summary>The events of Stripe's about a payment, and its refunds and disputes, the oldest first.</summary>
    public static string[] EventsOf(this TestApp app, string intent) =>
        [.. app.Providers.StripeEvents.Where(body => body.Contains($"\"{intent}\"", StringComparison.Ordinal))];

    /// <summary>Tells the app of an event as Stripe does.</summary>
    public static Task<TestReply> Tell(this TestApp app, string body, string? signature = null) => app.Anonymous.Send(
        HttpMethod.Post, "/invoices/webhook/stripe", new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body)),
        ("Stripe-Signature", signature ?? SignedVendors.SignPayment(body, app.Providers.App.StripeWebhookSecret, app.Clock.GetUtcNow())));

    public static string IdOf(string body) => (string)JsonNode.Parse(body)!["id"]!;

    /// <summary>Waits until all events that the app has were processed or parked.</summary>
    public static Task Digested(this TestApp app) =>
        Until(async () => await app.Scalar<long>("select count(*) from provider_events where provider = 'stripe' and status = 'received'") == 0);

    public static async Task Until(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await isSo())
        {
            Assert.False(patience.IsCancellationRequested, "It did not happen.");
            await Task.Delay(30);
        }
    }

    /// <summary>Waits until an invoice stands so.</summary>
    public static async Task Stands(this TestUser user, Guid invoice, string standing)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (await user.Standing(invoice) is var now && now != standing)
        {
            Assert.False(patience.IsCancellationRequested, $"It should be {standing}, and is {now}.");
            await Task.Delay(30);
        }
    }

    /// <summary>The kinds and amounts in the ledger of an invoice, in order of their amounts.</summary>
    public static async Task<string> Entries(this TestUser user, Guid invoice)
    {
        var payments = (await user.Get($"/invoices/{invoice}/payments")).Expect(200).Data.GetProperty("payments");
        return string.Join(", ", payments.EnumerateArray()
            .Select(entry => $"{entry.GetProperty("kind").GetString()} {entry.GetProperty("amount").GetRawText()}").Order(StringComparer.Ordinal));
    }

    /// <summary>How the payments begun for an invoice stand, in order.</summary>
    public static Task<string> Intents(this TestOrganization org, Guid invoice) => org.App.Scalar<string>(
        "select coalesce(string_agg(status, ' ' order by created_at, id), '') from payment_intents where organization_id = $1 and invoice_id = $2",
        org.Id, invoice);

    public static async Task IsSound(this TestOrganization org)
    {
        var check = (await org.Owner.Get("/invoices/integrity")).Expect(200).Data;
        Assert.True(check.GetProperty("isSound").GetBoolean(), check.ToString());
    }

    public static async Task<string[]> Notices(this TestUser user) =>
    [
        .. (await user.Get("/notifications?pageSize=100")).Expect(200).Data.GetProperty("notifications").EnumerateArray()
            .Select(notice => notice.GetProperty("type").GetString()!),
    ];

    /// <summary>Has the app ask Stripe how the payments of an invoice stand.</summary>
    public static Task CheckPayments(this TestOrganization org, Guid invoice) => org.App.Queues.Send(
        Queues.CheckPayments, $$"""{"organizationId":"{{org.Id}}","invoiceId":"{{invoice}}"}""", CancellationToken.None);

    public static Fault Fault(int? status = null, int? count = null, bool answerLost = false) =>
        new() { Provider = "stripe", Status = status, Count = count, AnswerLost = answerLost };
}
