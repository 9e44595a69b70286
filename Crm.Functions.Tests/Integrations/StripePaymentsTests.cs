using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations;
using Crm.Shared.Integrations.Stripe;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Tests.Integrations;

public sealed class StripePaymentsTests : IAsyncLifetime
{
    private VendorStandIn _vendor = null!;
    private StripePayments _stripe = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _vendor = await VendorStandIn.Start();
        _stripe = new(Options.Create(new StripeOptions { SecretKey = "sk_test_1", BaseUrl = _vendor.Address }), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _stripe.Dispose();
        await _vendor.DisposeAsync();
    }

    [Theory]
    [InlineData("10.99", "USD", 1099)]
    [InlineData("500", "JPY", 500)]
    [InlineData("1.50", "KWD", 1500)]
    [InlineData("0.01", "EUR", 1)]
    [InlineData("999999999999.99", "EUR", 99999999999999)]
    public void Amounts_are_in_the_smallest_unit(string amount, string currency, long minor)
    {
        var value = decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(minor, MinorUnits.Of(value, currency));
        Assert.Equal(value, MinorUnits.Amount(minor, currency));
    }

    [Fact]
    public void What_a_currency_has_no_coin_for_is_no_amount() => Assert.Throws<ArgumentException>(() => MinorUnits.Of(0.50m, "JPY"));

    [Fact]
    public async Task A_payment_is_asked_for_with_a_key_and_our_ids()
    {
        Answer(200, """
            {"id":"pi_1","object":"payment_intent","amount":1099,"amount_received":0,"currency":"usd","client_secret":"s","status":"requires_action"}
            """);
        var key = Guid.NewGuid();
        var answer = await _stripe.Create(new(key, 10.99m, "USD", "Invoice A-1", new Dictionary<string, string> { ["invoice_id"] = "i1" }), Ct);

        Assert.Equal((CallResult.Accepted, "pi_1", IntentStatus.Open, 10.99m, "s"),
            (answer.Result, answer.Value!.Id, answer.Value.Status, answer.Value.Amount, answer.Value.ClientSecret));
        var request = Assert.Single(_vendor.Requests);
        Assert.Equal(("/v1/payment_intents", "Bearer sk_test_1"), (request.Path, request.Authorization));
        Assert.Equal(("1099", "usd", "true", "i1", "Invoice A-1"), (
            request.Form["amount"], request.Form["currency"], request.Form["automatic_payment_methods[enabled]"], request.Form["metadata[invoice_id]"],
            request.Form["description"]));
    }

    [Theory]
    [InlineData(400, CallResult.Refused)]
    [InlineData(402, CallResult.Refused)]
    [InlineData(404, CallResult.Refused)]
    [InlineData(401, CallResult.Unavailable)]
    [InlineData(403, CallResult.Unavailable)]
    [InlineData(409, CallResult.Unknown)]
    [InlineData(429, CallResult.Throttled)]
    [InlineData(500, CallResult.Unknown)]
    [InlineData(503, CallResult.Unknown)]
    public async Task An_error_is_known_for_what_it_is(int status, CallResult expected)
    {
        Answer(status, """{"error":{"type":"x","message":"No."}}""");
        var answer = await _stripe.Find("pi_1", Ct);
        Assert.Equal((expected, "No.", null), (answer.Result, answer.Error, answer.Value));
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    public async Task An_answer_that_cannot_be_read_is_none(string body)
    {
        Answer(200, body);
        var answer = await _stripe.Find("pi_1", Ct);
        Assert.Equal((CallResult.Unknown, null), (answer.Result, answer.Value));
    }

    [Fact]
    public async Task Without_an_answer_it_is_not_known()
    {
        _vendor.Answer = static (context, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        var answer = await _stripe.Refund(new(Guid.NewGuid(), "pi_1", 5, "USD", new Dictionary<string, string>()), Ct);
        Assert.Equal(CallResult.Unknown, answer.Result);
        Assert.Equal(3, _vendor.Requests.Count);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_called()
    {
        using var off = new StripePayments(Options.Create(new StripeOptions { BaseUrl = _vendor.Address }), TimeProvider.System);
        Assert.False(off.IsConfigured);
        Assert.Equal(CallResult.Unavailable, (await off.Find("pi_1", Ct)).Result);
        Assert.Empty(_vendor.Requests);
    }

    private void Answer(int status, string body) => _vendor.Answer = async (context, _) =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body);
    };
}
