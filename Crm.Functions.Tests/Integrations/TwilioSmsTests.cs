using System.Text;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations;
using Crm.Shared.Integrations.Twilio;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Tests.Integrations;

/// <summary>What the SDK sends, held to the facts of the vendor's own description; and what its answers come to.</summary>
public sealed class TwilioSmsTests
{
    private const string Account = "AC0123456789abcdef0123456789abcdef";
    private const string Service = "MG0123456789abcdef0123456789abcdef";
    private static readonly Uri Callback = new("http://crm.test/webhooks/twilio/status?organizationId=1&deliveryId=2");
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("+14155550100", null, "From", "+14155550100")]
    [InlineData(Service, null, "MessagingServiceSid", Service)]
    [InlineData(Service, "+4930123456", "From", "+4930123456")]
    public async Task An_sms_is_a_form_of_the_accounts(string ours, string? theirs, string field, string sender)
    {
        await using var vendor = await VendorStandIn.Start();
        vendor.Answer = static (context, _) => Answer(context, 201, """{"sid":"SM0123456789abcdef0123456789abcdef","status":"queued"}""");
        using var sms = Client(vendor.Address, ours);

        var outcome = await sms.Send(new("+4915112345678", theirs, "Grüße & 1+1", Callback), Ct);

        Assert.Equal(new CallOutcome(CallResult.Accepted, "SM0123456789abcdef0123456789abcdef"), outcome);
        var request = Assert.Single(vendor.Requests);
        Assert.Equal($"/2010-04-01/Accounts/{Account}/Messages.json", request.Path);
        Assert.Equal($"Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Account}:secret"))}", request.Authorization);
        Assert.Equal(["Body", field, "StatusCallback", "To"], request.Form.AllKeys.Order(StringComparer.Ordinal));
        Assert.Equal(
            ("+4915112345678", "Grüße & 1+1", Callback.ToString(), sender),
            (request.Form["To"], request.Form["Body"], request.Form["StatusCallback"], request.Form[field]));
    }

    [Theory]
    [InlineData(400, 21211, CallResult.Refused, 0, null)]
    [InlineData(400, 21610, CallResult.Refused, 0, "stopped")]
    [InlineData(400, 21606, CallResult.Refused, null, null)]
    [InlineData(401, 20003, CallResult.Unavailable, null, null)]
    [InlineData(403, 20403, CallResult.Unavailable, null, null)]
    [InlineData(404, 20404, CallResult.Unavailable, null, null)]
    [InlineData(500, 20500, CallResult.Unavailable, null, null)]
    [InlineData(503, 20503, CallResult.Unavailable, null, null)]
    public async Task An_answer_says_whether_it_was_taken_and_whose_fault_it_is(int status, int code, CallResult result, int? recipient, string? suppression)
    {
        await using var vendor = await VendorStandIn.Start();
        vendor.Answer = (context, _) => Answer(context, status, $$"""{"code":{{code}},"message":"No","more_info":"x","status":{{status}}}""");
        using var sms = Client(vendor.Address, Service);

        var outcome = await sms.Send(new("+4915112345678", null, "Hello", Callback), Ct);

        Assert.Equal((result, recipient, suppression), (outcome.Result, outcome.Recipient, outcome.Suppression));
        Assert.Equal($"{status}: {code} No", outcome.Error);
        Assert.Single(vendor.Requests);
    }

    [Fact]
    public async Task Too_much_at_a_time_waits_as_long_as_the_vendor_says()
    {
        await using var vendor = await VendorStandIn.Start();
        vendor.Answer = static (context, _) =>
        {
            context.Response.Headers.RetryAfter = "7";
            return Answer(context, 429, """{"code":20429,"message":"Too Many Requests","status":429}""");
        };
        using var sms = Client(vendor.Address, Service);
        var outcome = await sms.Send(new("+4915112345678", null, "Hello", Callback), Ct);
        Assert.Equal((CallResult.Throttled, TimeSpan.FromSeconds(7)), (outcome.Result, outcome.RetryAfter));
    }

    [Fact]
    public async Task Whether_it_was_taken_is_unknown_when_the_vendor_hangs_up_and_certain_when_it_was_never_reached()
    {
        await using var vendor = await VendorStandIn.Start();
        vendor.Answer = static (context, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        using var sms = Client(vendor.Address, Service);
        Assert.Equal(CallResult.Unknown, (await sms.Send(new("+4915112345678", null, "Hello", Callback), Ct)).Result);
        vendor.Answer = static (context, _) => Answer(context, 201, "no json");
        Assert.Equal(CallResult.Unknown, (await sms.Send(new("+4915112345678", null, "Hello", Callback), Ct)).Result);
        var address = vendor.Address;
        await vendor.DisposeAsync();
        using var others = Client(address, Service);
        Assert.Equal(CallResult.Unavailable, (await others.Send(new("+4915112345678", null, "Hello", Callback), Ct)).Result);
    }

    private static Task Answer(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body, Ct);
    }

    private static TwilioSms Client(string address, string from) =>
        new(Options.Create(new TwilioOptions { AccountSid = Account, AuthToken = "secret", From = from, BaseUrl = address }), TimeProvider.System);
}
