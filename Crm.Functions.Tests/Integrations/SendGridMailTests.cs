using System.Globalization;
using Crm.Functions.Tests.Fixture;
using Crm.Local.Providers;
using Crm.Shared.Integrations;
using Crm.Shared.Integrations.SendGrid;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Tests.Integrations;

/// <summary>Calls for many recipients, held to the vendor's own description by the simulator; and what their answers come to.</summary>
public sealed class SendGridMailTests
{
    private static readonly Dictionary<string, string> None = [];
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_recipients_are_one_call_each_with_their_own()
    {
        await using var vendor = await ProviderSimulator.Start(ct: Ct);
        using var mails = Client(vendor.BaseUrl.ToString().TrimEnd('/'));
        var call = Call(1000);

        var outcome = await mails.SendAll(call, Ct);

        Assert.Equal(CallResult.Accepted, outcome.Result);
        var sent = vendor.Mailbox.Messages();
        Assert.Equal(1000, sent.Count);
        Assert.All(sent, mail => Assert.Equal(outcome.ProviderId, mail.MessageId));
        var seventh = Assert.Single(sent, mail => mail.To == "to7@example.test");
        Assert.Equal("Hello 7", seventh.Subject);
        Assert.Equal("Dear \"7\" & <you>", seventh.Text);
        Assert.Equal("<p>Dear 7 ä</p>", seventh.Html);
        Assert.Equal("Acme, Inc; <hello@acme.test>", seventh.From);
        Assert.Equal(("d7", "org"), (seventh.CustomArgs["delivery_id"], seventh.CustomArgs["organization_id"]));
        Assert.Equal("<http://crm.test/u/7>", seventh.Headers["List-Unsubscribe"]);
        Assert.Equal("answers@acme.test", seventh.Headers["Reply-To"]);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", "")]
    public async Task Nothing_to_say_is_said_in_a_way_the_vendor_takes(string? text, string? html)
    {
        await using var vendor = await ProviderSimulator.Start(ct: Ct);
        using var mails = Client(vendor.BaseUrl.ToString().TrimEnd('/'));
        var outcome = await mails.SendAll(Call(1) with { Text = text, Html = html, Recipients = [new("a@b.test", "", None, None, None)] }, Ct);
        Assert.Equal((CallResult.Accepted, null), (outcome.Result, outcome.Error));
        Assert.Equal("(no subject)", Assert.Single(vendor.Mailbox.Messages()).Subject);
    }

    [Theory]
    [InlineData(400, """{"errors":[{"message":"m","field":"personalizations.17.to.0.email","help":"h"}]}""", CallResult.Refused, 17)]
    [InlineData(400, """{"errors":[{"message":"m","field":null},{"message":"m","field":"personalizations.3.subject"}]}""", CallResult.Refused, 3)]
    [InlineData(400, """{"errors":[{"message":"Bad Request","field":null,"help":null}]}""", CallResult.Refused, null)]
    [InlineData(400, """{"errors":[{"message":"m","field":"from.email"}]}""", CallResult.Refused, null)]
    [InlineData(400, """{"errors":"none"}""", CallResult.Refused, null)]
    [InlineData(413, "<html>too large</html>", CallResult.Refused, null)]
    [InlineData(401, "{}", CallResult.Unavailable, null)]
    [InlineData(403, "[]", CallResult.Unavailable, null)]
    [InlineData(404, "", CallResult.Unavailable, null)]
    [InlineData(500, "oops", CallResult.Unavailable, null)]
    [InlineData(503, "", CallResult.Unavailable, null)]
    [InlineData(302, "", CallResult.Unavailable, null)]
    public async Task An_answer_says_whether_it_was_taken_and_whose_fault_it_is(int status, string body, CallResult result, int? recipient)
    {
        await using var vendor = await VendorStandIn.Start();
        vendor.Answer = (context, _) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/elsewhere";
            return context.Response.WriteAsync(body, Ct);
        };
        using var mails = Client(vendor.Address);

        var outcome = await mails.SendAll(Call(20), Ct);

        Assert.Equal((result, recipient), (outcome.Result, outcome.Recipient));
        Assert.StartsWith(status.ToString(CultureInfo.InvariantCulture), outcome.Error, StringComparison.Ordinal);
        Assert.Single(vendor.Requests);
    }

    [Theory]
    [InlineData("Retry-After", "40", 40)]
    [InlineData("X-RateLimit-Reset", "+90", 90)]
    [InlineData("X-RateLimit-Reset", "soon", null)]
    public async Task Too_much_at_a_time_waits_as_long_as_the_vendor_says(string header, string value, int? seconds)
    {
        await using var vendor = await VendorStandIn.Start();
        var clock = new TestClock();
        var reset = clock.GetUtcNow().AddSeconds(90).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        vendor.Answer = (context, _) =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers[header] = value == "+90" ? reset : value;
            return Task.CompletedTask;
        };
        using var mails = Client(vendor.Address, clock);

        var outcome = await mails.SendAll(Call(1), Ct);

        Assert.Equal(CallResult.Throttled, outcome.Result);
        // A time is given in whole seconds.
        Assert.True(seconds is null ? outcome.RetryAfter is null : seconds - outcome.RetryAfter!.Value.TotalSeconds is >= 0 and < 20, $"{outcome.RetryAfter}");
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
        using var mails = Client(vendor.Address);
        // The second goes over a connection of its own or over one that was used: either way it is not repeated.
        Assert.Equal(CallResult.Unknown, (await mails.SendAll(Call(1), Ct)).Result);
        vendor.Answer = static (_, _) => Task.CompletedTask;
        Assert.Equal(CallResult.Accepted, (await mails.SendAll(Call(1), Ct)).Result);
        vendor.Answer = static (context, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        Assert.Equal(CallResult.Unknown, (await mails.SendAll(Call(1), Ct)).Result);
        Assert.Equal(3, vendor.Requests.Count);

        var address = vendor.Address;
        await vendor.DisposeAsync();
        using var others = Client(address);
        Assert.Equal(CallResult.Unavailable, (await others.SendAll(Call(1), Ct)).Result);
    }

    [Fact]
    public async Task A_vendor_that_keeps_failing_is_left_alone_for_a_while()
    {
        await using var vendor = await VendorStandIn.Start();
        vendor.Answer = static (context, _) =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };
        var clock = new TestClock();
        using var mails = Client(vendor.Address, clock);
        for (var call = 0; call < 15; call++)
            Assert.Equal(CallResult.Unavailable, (await mails.SendAll(Call(1), Ct)).Result);
        Assert.Equal(10, vendor.Requests.Count);
        Assert.NotNull((await mails.SendAll(Call(1), Ct)).RetryAfter);

        clock.Advance(TimeSpan.FromSeconds(16));
        vendor.Answer = static (_, _) => Task.CompletedTask;
        Assert.Equal(CallResult.Accepted, (await mails.SendAll(Call(1), Ct)).Result);
        Assert.Equal(CallResult.Accepted, (await mails.SendAll(Call(1), Ct)).Result);
    }

    private static SendGridMail Client(string address, TimeProvider? clock = null) =>
        new(Options.Create(new SendGridOptions { ApiKey = "SG.test", BaseUrl = address, FromEmail = "no-reply@crm.test" }), clock ?? TimeProvider.System);

    private static MailCall Call(int recipients) => new(
        new("hello@acme.test", "Acme, Inc;"), "answers@acme.test", "Dear -abcdef1-", "<p>Dear -abcdef2-</p>",
        [.. Enumerable.Range(0, recipients).Select(n => new MailRecipient(
            $"to{n}@example.test",
            $"Hello {n}",
            new Dictionary<string, string> { ["organization_id"] = "org", ["delivery_id"] = $"d{n}" },
            new Dictionary<string, string>
            {
                ["List-Unsubscribe"] = $"<http://crm.test/u/{n}>",
                ["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click",
            },
            new Dictionary<string, string> { ["-abcdef1-"] = $"\"{n}\" & <you>", ["-abcdef2-"] = $"{n} ä" }))]);
}
