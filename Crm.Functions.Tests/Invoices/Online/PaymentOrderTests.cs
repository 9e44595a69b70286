using System.Text.Json.Nodes;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Invoices.Online;

/// <summary>Whatever the order in which Stripe's events come, and however often, the books are the same in the end.</summary>
public sealed class PaymentOrderTests(TestServices services)
{
    private const int Invoices = 12;

    // Everything but ids, and the times at which something was written here.
    private const string StateSql = """
        select concat_ws(E'\n',
            (select string_agg(concat_ws(' ', notes, status, amount_paid, overpaid, disputed, paid_on), E'\n' order by notes)
             from invoices where organization_id = $1),
            (select string_agg(concat_ws(' ', i.notes, p.kind, p.amount, p.method, p.provider_ref, p.payment_date), E'\n' order by i.notes, p.provider_ref)
             from payments p join invoices i on i.organization_id = p.organization_id and i.id = p.invoice_id where p.organization_id = $1),
            (select string_agg(concat_ws(' ', i.notes, n.amount, n.status), E'\n' order by i.notes, n.provider_id)
             from payment_intents n join invoices i on i.organization_id = n.organization_id and i.id = n.invoice_id where n.organization_id = $1),
            (select string_agg(concat_ws(' ', provider_id, amount, status, entry_id is not null), E'\n' order by provider_id)
             from payment_refunds where organization_id = $1),
            (select string_agg(concat_ws(' ', provider_id, amount, status), E'\n' order by provider_id)
             from payment_disputes where organization_id = $1),
            (select string_agg(concat_ws(' ', i.notes, m.n), E'\n' order by i.notes)
             from invoices i
             join lateral (
                select count(*) as n from messages m
                where m.organization_id = i.organization_id and m.contact_id = i.contact_id) m on true
             where i.organization_id = $1))
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Shuffled_and_repeated_events_end_in_the_same_state(int seed)
    {
        var random = new Random(seed);
        var org = await services.App.NewOrganization();
        var told = new List<string>();
        for (var number = 0; number < Invoices; number++)
            told.AddRange(await Live(org, random, number));

        // Some come twice, as others of the same kind even; the ones that were lost are told by what came after.
        var mixed = told.Concat(told.Where(_ => random.Next(4) == 0).Select(Renamed)).ToArray();
        random.Shuffle(mixed);
        foreach (var some in mixed.Chunk(6))
            await Task.WhenAll(some.Select(async body => (await org.App.Tell(body)).Expect(200)));
        await org.App.Digested();
        var wild = await org.App.Scalar<string>(StateSql, org.Id);

        // In their order, and each waited for, they change nothing any more: it is what they would have come to.
        foreach (var body in told.Select(Renamed))
        {
            (await org.App.Tell(body)).Expect(200);
            await org.App.Digested();
        }

        Assert.Equal(wild, await org.App.Scalar<string>(StateSql, org.Id));
        Assert.Equal(0, await org.App.Scalar<long>("select count(*) from provider_events where organization_id = $1 and status = 'parked'", org.Id));
        Assert.Equal(Expected(org), await Books(org));
        await org.IsSound();
    }

    /// <summary>A life of an invoice at Stripe, of which the app is told nothing yet: its events in order.</summary>
    private static async Task<string[]> Live(TestOrganization org, Random random, int number)
    {
        var contact = await org.AddContact(org.Owner, email: $"{Guid.NewGuid():N}@customers.test");
        var id = await Billing.AddInvoice(org.Owner, contact, 100, isSent: true, more: new { notes = $"{number:00}" });
        var intent = await org.Owner.BeginPayment(id, random.Next(3) == 0 ? 60 : null);
        foreach (var outcome in Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(2) == 0 ? "failed" : "processing"))
            await org.App.Pay(intent, outcome, webhook: "never");
        if (random.Next(6) == 0)
            return org.App.EventsOf(intent);
        await org.App.Pay(intent, webhook: "never");
        for (var refunds = random.Next(3); refunds > 0; refunds--)
        {
            await org.App.Simulate("refund", new { paymentIntentId = intent, amount = random.Next(1, 2000), webhook = "never" });
            if (random.Next(3) == 0)
                await org.App.Simulate("refund", new { paymentIntentId = intent, outcome = "failed", webhook = "never" });
        }

        if (random.Next(4) == 0)
        {
            await org.App.Simulate("dispute", new { paymentIntentId = intent, webhook = "never" });
            if (random.Next(3) > 0)
                await org.App.Simulate("dispute", new { paymentIntentId = intent, outcome = random.Next(2) == 0 ? "won" : "lost", webhook = "never" });
        }

        return org.App.EventsOf(intent);
    }

    private static string Renamed(string body)
    {
        var told = JsonNode.Parse(body)!;
        told["id"] = $"evt_{Guid.NewGuid():N}";
        return told.ToJsonString();
    }

    /// <summary>What Stripe itself says that it took and did not give back, of all of the organisation's payments.</summary>
    private static decimal Expected(TestOrganization org)
    {
        var events = org.App.Providers.StripeEvents.Select(body => JsonNode.Parse(body)!).ToArray();
        var ours = events.Where(told => (string?)told["data"]!["object"]!["metadata"]?["organization_id"] == $"{org.Id}")
            .Select(told => (string)told["data"]!["object"]!["id"]!).ToHashSet(StringComparer.Ordinal);
        var latest = events.Select(told => told["data"]!["object"]!).GroupBy(about => (string)about["id"]!).Select(group => group.Last()).ToArray();
        return latest.Sum(about => (string)about["object"]! switch
        {
            "payment_intent" when ours.Contains((string)about["id"]!) => (long)about["amount_received"]!,
            "refund" when (string)about["status"]! == "succeeded" && ours.Contains((string)about["payment_intent"]!) => -(long)about["amount"]!,
            "dispute" when (string)about["status"]! == "lost" && ours.Contains((string)about["payment_intent"]!) => -Left(latest, about),
            _ => 0,
        }) / 100m;
    }

    // What was given back before cannot be lost once more.
    private static long Left(JsonNode[] latest, JsonNode dispute) => (long)dispute["amount"]! - latest
        .Where(about => (string)about["object"]! == "refund" && (string)about["status"]! == "succeeded"
            && (string)about["payment_intent"]! == (string)dispute["payment_intent"]!)
        .Sum(about => (long)about["amount"]!);

    private static Task<decimal> Books(TestOrganization org) =>
        org.App.Scalar<decimal>("select coalesce(sum(amount_paid), 0) from invoices where organization_id = $1", org.Id);
}
