using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Invoices.Online;

/// <summary>Stripe is down, refuses, or takes a call and does not say so.</summary>
public sealed class StripeOutageTests(OwnApp own) : IClassFixture<OwnApp>
{
    private TestApp App => own.App;

    [Theory]
    [InlineData(400, 502, "PROVIDER_ERROR")]
    [InlineData(402, 502, "PROVIDER_ERROR")]
    [InlineData(401, 503, "PROVIDER_UNAVAILABLE")]
    [InlineData(429, 503, "PROVIDER_UNAVAILABLE")]
    [InlineData(500, 503, "PROVIDER_UNAVAILABLE")]
    public async Task What_Stripe_does_not_take_is_said_and_leaves_nothing(int status, int expected, string code)
    {
        var org = await Mended();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        var (paid, intent, payment) = await CardRefundTests.Paid(org, 50);
        App.Providers.Faults.Set(StripeWorld.Fault(status));
        try
        {
            (await org.Owner.Post($"/invoices/{id}/pay", new { })).Expect(expected, code);
            (await org.Owner.Post($"/payments/{payment}/refund", new { })).Expect(expected, code);
        }
        finally
        {
            await Mend(org);
        }

        Assert.Equal("failed", await org.Intents(id));
        Assert.Equal(("sent unpaid 0.00 100.00", "paid paid 50.00 0.00"), (await org.Owner.Standing(id), await org.Owner.Standing(paid)));
        // Both can be done once Stripe is there again.
        (await org.Owner.Post($"/payments/{payment}/refund", new { })).Expect(201);
        await org.Owner.BeginPayment(id);
        Assert.Single(App.EventsOf(intent), told => told.Contains("refund.created", StringComparison.Ordinal));
        await org.IsSound();
    }

    [Fact]
    public async Task A_payment_whose_answer_is_lost_is_asked_for_once_more_and_made_once()
    {
        var org = await Mended();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        App.Providers.Faults.Set(StripeWorld.Fault(count: 2, answerLost: true));
        await org.App.Pay(await org.Owner.BeginPayment(id));
        await Mend(org);
        await org.Owner.Stands(id, "paid paid 100.00 0.00");
        Assert.Equal("succeeded", await org.Intents(id));
    }

    [Fact]
    public async Task A_refund_whose_answer_is_lost_is_not_given_twice_when_it_is_asked_for_again()
    {
        var org = await Mended();
        var (id, intent, payment) = await CardRefundTests.Paid(org, 100);
        App.Providers.Faults.Set(StripeWorld.Fault(answerLost: true));
        (await org.Owner.Post($"/payments/{payment}/refund", new { amount = 30 })).Expect(503, "PROVIDER_UNAVAILABLE");
        await Mend(org);
        Assert.Equal("payment 100.00", await org.Owner.Entries(id));

        (await org.Owner.Post($"/payments/{payment}/refund", new { amount = 30 })).Expect(201);

        Assert.Equal("payment 100.00, refund -30.00", await org.Owner.Entries(id));
        Assert.Single(App.EventsOf(intent), told => told.Contains("refund.created", StringComparison.Ordinal));
        // Another one is another one.
        (await org.Owner.Post($"/payments/{payment}/refund", new { amount = 30 })).Expect(201);
        Assert.Equal("payment 100.00, refund -30.00, refund -30.00", await org.Owner.Entries(id));
        await org.IsSound();
    }

    [Fact]
    public async Task A_refund_in_doubt_is_found_out_by_the_sweep()
    {
        var org = await Mended();
        var (given, _, first) = await CardRefundTests.Paid(org, 100);
        var (refused, _, second) = await CardRefundTests.Paid(org, 100);
        App.Providers.Faults.Set(StripeWorld.Fault(answerLost: true));
        (await org.Owner.Post($"/payments/{first}/refund", new { })).Expect(503);
        App.Providers.Faults.Set(StripeWorld.Fault(status: 500));
        (await org.Owner.Post($"/payments/{second}/refund", new { })).Expect(503);
        await Mend(org);
        // While it is not known, it counts as given.
        (await org.Owner.Post($"/payments/{second}/refund", new { amount = 1 })).Expect(400, "REFUND_EXCEEDS_PAYMENT");

        App.Clock.Advance(TimeSpan.FromMinutes(6));
        await App.RunTimer("SweepPayments");
        await org.Owner.Stands(given, "sent unpaid 0.00 100.00");
        App.Clock.Advance(TimeSpan.FromMinutes(6));
        await App.RunTimer("SweepPayments");
        await StripeWorld.Until(async () =>
            await App.Scalar<long>("select count(*) from payment_refunds where organization_id = $1 and status = 'refused'", org.Id) == 1);
        Assert.Equal("paid paid 100.00 0.00", await org.Owner.Standing(refused));
        Assert.Contains("refund.failed", await org.Owner.Notices());
        (await org.Owner.Post($"/payments/{second}/refund", new { amount = 1 })).Expect(201);
        await org.IsSound();
    }

    [Fact]
    public async Task A_payment_that_nobody_told_of_is_found_by_the_sweep()
    {
        var org = await Mended();
        var (paid, failed) = (await Billing.AddInvoice(org, org.Owner, 100, isSent: true), await Billing.AddInvoice(org, org.Owner, 60, isSent: true));
        var intent = await org.Owner.BeginPayment(paid);
        var other = await org.Owner.BeginPayment(failed);
        await App.Pay(intent, webhook: "never");
        await App.Pay(other, "processing", webhook: "never");
        await App.RunTimer("SweepPayments");
        Assert.Equal("sent unpaid 0.00 100.00", await org.Owner.Standing(paid));

        App.Clock.Advance(TimeSpan.FromMinutes(6));
        await App.RunTimer("SweepPayments");

        await org.Owner.Stands(paid, "paid paid 100.00 0.00");
        await StripeWorld.Until(async () => (await org.Owner.Invoice(failed)).Money("pendingAmount") == 60);
        // What was told late changes nothing.
        await App.Tell(App.EventsOf(intent)[^1]);
        await App.Digested();
        Assert.Equal("payment 100.00", await org.Owner.Entries(paid));
    }

    [Fact]
    public async Task A_payment_that_nobody_makes_for_a_day_is_cancelled()
    {
        var org = await Mended();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        var intent = await org.Owner.BeginPayment(id);
        // A process that died before it asked Stripe.
        await App.Sql(
            "insert into payment_intents (organization_id, id, invoice_id, amount, currency, created_at) values ($1, gen_random_uuid(), $2, 1, 'USD', $3)",
            org.Id, id, App.Clock.GetUtcNow());
        App.Clock.Advance(TimeSpan.FromHours(25));
        await App.RunTimer("SweepPayments");
        await StripeWorld.Until(async () => await org.Intents(id) == "canceled canceled");
        await App.Simulate("pay", new { paymentIntentId = intent }, 400);
    }

    [Fact]
    public async Task A_payment_that_Stripe_does_not_know_is_begun_anew()
    {
        var org = await Mended();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        await org.Owner.BeginPayment(id);
        await App.Sql("update payment_intents set provider_id = 'pi_of_a_test_account' where organization_id = $1 and invoice_id = $2", org.Id, id);
        await App.Pay(await org.Owner.BeginPayment(id));
        await org.Owner.Stands(id, "paid paid 100.00 0.00");
        Assert.Equal("canceled succeeded", await org.Intents(id));
    }

    [Fact]
    public async Task An_event_that_needs_Stripes_word_waits_until_Stripe_answers()
    {
        var org = await Mended();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        var intent = await org.Owner.BeginPayment(id);
        await App.Pay(intent, "processing", webhook: "never");
        App.Providers.Faults.Set(StripeWorld.Fault(status: 500));
        await App.Tell(App.EventsOf(intent)[^1]);
        await StripeWorld.Until(async () => await App.Queues.Depth(Queues.PaymentEvents, CancellationToken.None) == 0);
        await Mend(org);
        Assert.Equal(1, await App.Scalar<long>("select count(*) from provider_events where organization_id = $1 and status = 'received'", org.Id));
        App.Clock.Advance(TimeSpan.FromMinutes(2));
        await App.RunTimer("SweepProviderEvents");
        await StripeWorld.Until(async () => (await org.Owner.Invoice(id)).Money("pendingAmount") == 100);
    }

    private async Task<TestOrganization> Mended()
    {
        var org = await App.NewOrganization();
        await Mend(org);
        return org;
    }

    /// <summary>Stripe is there again, and the app, which may have stopped calling it, has noticed.</summary>
    private async Task Mend(TestOrganization org)
    {
        App.Providers.Faults.Clear();
        App.Clock.Advance(TimeSpan.FromSeconds(31));
        await org.Owner.BeginPayment(await Billing.AddInvoice(org, org.Owner, 1));
    }
}
