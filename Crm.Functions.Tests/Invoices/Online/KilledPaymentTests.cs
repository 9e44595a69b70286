using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Invoices.Online;

/// <summary>The real executable, killed again and again while money moves.</summary>
public sealed class KilledPaymentTests(TestServices services)
{
    private const int Kills = 6;

    [Fact]
    public async Task Money_is_entered_once_and_given_back_once_however_often_the_process_is_killed()
    {
        var connection = "";
        await using var app = await services.StartApp(settings => connection = settings["Database:ConnectionString"]);
        var org = await app.NewOrganization();
        var (paid, open, fresh) = (new List<(Guid Invoice, string Intent, Guid Payment)>(), new List<(Guid Invoice, string Intent)>(), new List<Guid>());
        for (var round = 0; round < Kills; round++)
        {
            paid.Add(await CardRefundTests.Paid(org, 100));
            var invoice = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
            open.Add((invoice, await org.Owner.BeginPayment(invoice)));
            fresh.Add(await Billing.AddInvoice(org, org.Owner, 100, isSent: true));
        }

        // So long each call to Stripe takes that a kill can meet it.
        app.Providers.Faults.Set(new() { Provider = "stripe", LatencyMs = 100 });
        await using var handler = new KillableHandler(connection, services.NewQueues(), app.Providers);
        for (var round = 0; round < Kills; round++)
        {
            await handler.Start();
            await app.Pay(open[round].Intent, webhook: "later");
            var requests = new[]
            {
                Try(() => handler.Send(org.Owner, HttpMethod.Post, $"/payments/{paid[round].Payment}/refund", null, 201)),
                Try(() => handler.Send(org.Owner, HttpMethod.Post, $"/invoices/{fresh[round]}/pay", null, 200)),
            };
            // From the row that is written first over the call to what follows it.
            await Task.Delay(20 + round * 60, TestContext.Current.CancellationToken);
            await handler.Kill();
            await Task.WhenAll(requests);
        }

        app.Providers.Faults.Clear();
        await handler.Start();
        const string Left = """
            select (select count(*) from payment_refunds where status = 'created')
                 + (select count(*) from payment_intents where status = 'created')
                 + (select count(*) from provider_events where status = 'received')
                 + (select count(*) from outbox)
            """;
        await handler.SweepUntil(async () => await app.Scalar<long>(Left) == 0
            && await app.Scalar<long>("select count(*) from payments where organization_id = $1 and kind = 'payment'", org.Id) == 2 * Kills);

        foreach (var (invoice, intent, _) in paid)
        {
            var given = app.EventsOf(intent).Count(told => told.Contains("refund.created", StringComparison.Ordinal));
            Assert.InRange(given, 0, 1);
            Assert.Equal(given == 0 ? "payment 100.00" : "payment 100.00, refund -100.00", await org.Owner.Entries(invoice));
        }

        foreach (var (invoice, _) in open)
        {
            Assert.Equal("payment 100.00", await org.Owner.Entries(invoice));
            // The receipt.
            Assert.Equal(1, await app.Scalar<long>(
                "select count(*) from messages where organization_id = $1 and contact_id = $2", org.Id, await org.ContactOf(invoice)));
        }

        await org.IsSound();
    }

    private static async Task Try(Func<Task> request)
    {
        try
        {
            await request();
        }
        catch (Exception exception) when (exception is HttpRequestException or Xunit.Sdk.XunitException)
        {
            // It was killed, or answered that it had been.
        }
    }
}
