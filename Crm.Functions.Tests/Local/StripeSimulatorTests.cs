using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Stripe;

namespace Crm.Functions.Tests.Local;

public sealed class StripeSimulatorTests : SimulatorTest
{
    private StripeClient Stripe => new(new StripeClientOptions
    {
        ApiKey = Simulator.App.StripeSecretKey,
        ApiBase = Simulator.BaseUrl.GetLeftPart(UriPartial.Authority),
        HttpClient = new SystemNetHttpClient(Client, maxNetworkRetries: 0),
    });

    private static PaymentIntentCreateOptions Wanted => new()
    {
        Amount = 1099,
        Currency = "usd",
        AutomaticPaymentMethods = new() { Enabled = true },
        Metadata = new() { ["invoice_id"] = "i1" },
    };

    [Fact]
    public async Task The_vendors_own_client_begins_finds_and_cancels_a_payment()
    {
        var made = await Stripe.V1.PaymentIntents.CreateAsync(Wanted, cancellationToken: Ct);
        Assert.Equal(("requires_payment_method", 1099, "i1"), (made.Status, made.Amount, made.Metadata["invoice_id"]));
        Assert.Equal(made.ClientSecret, (await Stripe.V1.PaymentIntents.GetAsync(made.Id, cancellationToken: Ct)).ClientSecret);
        Assert.Equal("canceled", (await Stripe.V1.PaymentIntents.CancelAsync(made.Id, cancellationToken: Ct)).Status);
        var again = await Assert.ThrowsAsync<StripeException>(() => Stripe.V1.PaymentIntents.CancelAsync(made.Id, cancellationToken: Ct));
        Assert.Equal((HttpStatusCode.BadRequest, "payment_intent_unexpected_state"), (again.HttpStatusCode, again.StripeError.Code));
        var none = await Assert.ThrowsAsync<StripeException>(() => Stripe.V1.PaymentIntents.GetAsync("pi_none", cancellationToken: Ct));
        Assert.Equal((HttpStatusCode.NotFound, "resource_missing"), (none.HttpStatusCode, none.StripeError.Code));
    }

    [Fact]
    public async Task What_comes_twice_with_one_key_is_done_once()
    {
        var key = new RequestOptions { IdempotencyKey = "k1" };
        var (first, second) = (await Stripe.V1.PaymentIntents.CreateAsync(Wanted, key, Ct), await Stripe.V1.PaymentIntents.CreateAsync(Wanted, key, Ct));
        Assert.Equal(first.Id, second.Id);
        var other = Wanted;
        other.Amount = 2000;
        var refused = await Assert.ThrowsAsync<StripeException>(() => Stripe.V1.PaymentIntents.CreateAsync(other, key, Ct));
        Assert.Equal("idempotency_error", refused.StripeError.Type);

        Simulator.Faults.Set(new() { Provider = "stripe", AnswerLost = true, Count = 1 });
        await Assert.ThrowsAsync<HttpRequestException>(() => Stripe.V1.PaymentIntents.CreateAsync(Wanted, new() { IdempotencyKey = "k2" }, Ct));
        var found = await Stripe.V1.PaymentIntents.CreateAsync(Wanted, new() { IdempotencyKey = "k2" }, Ct);
        Assert.NotEqual(first.Id, found.Id);
    }

    [Theory]
    [InlineData("currency=usd", "parameter_missing")]
    [InlineData("amount=1099", "parameter_missing")]
    [InlineData("amount=ten&currency=usd", null)]
    [InlineData("amount=1099&currency=usd&foo=bar", "parameter_unknown")]
    [InlineData("amount=1099&currency=usd&payment_method_types[]=card", "parameter_unknown")]
    [InlineData("amount=1099&currency=usd&metadata.x=1", "parameter_unknown")]
    [InlineData("amount=1099&currency=usd&capture_method=never", null)]
    [InlineData("amount=1099&currency=USD", null)]
    [InlineData("amount=49&currency=usd", "amount_too_small")]
    public async Task A_malformed_request_is_refused_as_the_vendor_refuses(string form, string? code)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/payment_intents")
        {
            Content = new StringContent(form, new MediaTypeHeaderValue("application/x-www-form-urlencoded")),
        };
        request.Headers.Authorization = new("Bearer", Simulator.App.StripeSecretKey);
        using var response = await Client.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync(Ct))!["error"]!;
        Assert.Equal(("invalid_request_error", code), ((string)error["type"]!, (string?)error["code"]));
    }

    [Fact]
    public async Task Who_has_not_the_key_is_refused()
    {
        using var response = await Client.PostAsync("/v1/payment_intents", null, Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task Refunds_come_to_no_more_than_was_paid_and_are_told_of()
    {
        var made = await Stripe.V1.PaymentIntents.CreateAsync(Wanted, cancellationToken: Ct);
        await Assert.ThrowsAsync<StripeException>(() => Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = made.Id }, cancellationToken: Ct));
        await Simulate("pay", new { paymentIntentId = made.Id, outcome = "succeeded" });
        var refund = await Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = made.Id, Amount = 1000 }, cancellationToken: Ct);
        await Assert.ThrowsAsync<StripeException>(
            () => Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = made.Id, Amount = 100 }, cancellationToken: Ct));
        Assert.Equal(refund.Id, Assert.Single(await Stripe.V1.Refunds.ListAsync(new() { PaymentIntent = made.Id }, cancellationToken: Ct)).Id);

        var call = Assert.Single(App.Calls);
        Assert.Equal("/invoices/webhook/stripe", call.Path);
        var told = EventUtility.ConstructEvent(call.Text, call.Headers["Stripe-Signature"], Simulator.App.StripeWebhookSecret);
        Assert.Equal(("payment_intent.succeeded", made.Id), (told.Type, ((PaymentIntent)told.Data.Object).Id));
        string[] types = ["payment_intent.succeeded", "refund.created", "charge.refunded"];
        Assert.Equal(types, Simulator.StripeEvents.Select(body => (string)JsonNode.Parse(body)!["type"]!));
    }

    [Theory]
    [InlineData("4242 4242 4242 4242", 200, "succeeded")]
    [InlineData("4000 0000 0000 0002", 402, "requires_payment_method")]
    [InlineData("4000 0025 0000 3155", 200, "requires_action")]
    [InlineData("000123456789", 200, "processing")]
    [InlineData("1234", 402, "requires_payment_method")]
    public async Task A_browser_pays_with_a_test_card(string number, int status, string becomes)
    {
        var made = await Stripe.V1.PaymentIntents.CreateAsync(Wanted, cancellationToken: Ct);
        Assert.Equal(404, await Confirm("pi_x_secret_wrong"));
        Assert.Equal(status, await Confirm(made.ClientSecret));
        Assert.Equal(becomes, (await Stripe.V1.PaymentIntents.GetAsync(made.Id, cancellationToken: Ct)).Status);

        async Task<int> Confirm(string secret)
        {
            using var form = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["key"] = Simulator.App.StripePublishableKey,
                ["client_secret"] = secret,
                ["payment_method_data[card][number]"] = number,
                ["return_url"] = "http://crm.test/x",
            });
            using var response = await Client.PostAsync($"/v1/payment_intents/{made.Id}/confirm", form, Ct);
            Assert.Equal("*", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
            return (int)response.StatusCode;
        }
    }
}
