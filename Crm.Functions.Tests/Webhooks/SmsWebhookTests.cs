using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Sending;

namespace Crm.Functions.Tests.Webhooks;

public sealed class SmsWebhookTests(SignedVendors.App own) : IClassFixture<SignedVendors.App>
{
    private const string Ours = "+15005550006";

    private readonly TestApp _app = own.Test;

    [Fact]
    public async Task Statuses_move_messages_forward_whatever_their_order()
    {
        var ledger = await Ledger.Create(_app, 4, "sms");
        await ledger.Call(ledger.Deliveries[..1]);
        await ledger.Set("state = 'sent', sent_at = $3", ledger.Deliveries[1..], Ledger.Start);

        await Status(ledger, 1, "delivered");
        await Status(ledger, 1, "sent");
        await Status(ledger, 2, "undelivered", "30003");
        await Status(ledger, 3, "undelivered", "30005");
        await Status(ledger, 4, "failed", "21610");

        Assert.Equal(["delivered", "bounced", "bounced", "failed"], await Task.WhenAll(Enumerable.Range(1, 4).Select(ledger.Status)));
        Assert.Equal(
            ["", "", "bounced", "stopped"], await Task.WhenAll(Enumerable.Range(1, 4).Select(number => ledger.Suppressed($"+1415555000{number}"))));
        Assert.Equal("Twilio error 30003", await ledger.Value<string>(2, "error"));
        Assert.True(await _app.Scalar<bool>("select count(*) = 1 from provider_pulses where provider = 'twilio-status'"));
    }

    [Fact]
    public async Task Who_writes_stop_is_left_in_peace_until_they_write_start()
    {
        var ledger = await Ledger.Create(_app, 2, "sms");
        await ledger.SetSent();
        await _app.Sql("update contacts set phone = '+1415777' || right(phone, 4) where organization_id = $1", ledger.Org.Id);
        var contact = $"/contacts/{ledger.Contacts[0]}";
        const string From = "+14157770001";

        await Write(From, " Stop. ");
        Assert.Equal(("stopped", true), (await ledger.Suppressed(From), await Flag(ledger, contact)));
        // Colleagues cannot take it back.
        var suppression = await _app.Scalar<Guid>("select id from suppressions where organization_id = $1 and address = $2", ledger.Org.Id, From);
        (await ledger.Org.Owner.Delete($"/suppressions/{suppression}")).Expect(409, "SUPPRESSION_STOPPED");

        await Write(From, "Hello, stop by any time");
        Assert.Equal("stopped", await ledger.Suppressed(From));
        await Write(From, "START");
        Assert.Equal(("", false), (await ledger.Suppressed(From), await Flag(ledger, contact)));
        await Write(From, "yes");
        Assert.Equal("", await ledger.Suppressed(From));
        await Write(From, "unsubscribe");
        await Write(From, "Yes!");
        Assert.Equal(("", false), (await ledger.Suppressed(From), await Flag(ledger, contact)));
    }

    [Fact]
    public async Task The_last_word_counts_though_an_earlier_one_comes_late()
    {
        var ledger = await Ledger.Create(_app, 1, "sms");
        await ledger.SetSent();
        var number = $"+1415888{Random.Shared.Next(1000, 9999)}";
        await _app.Sql("update contacts set phone = $2 where organization_id = $1", ledger.Org.Id, number);
        var stop = Guid.CreateVersion7();
        // It was received first, and its message lost.
        await _app.Sql(
            "insert into provider_events (id, provider, event_id, body, received_at) values ($1, 'twilio-sms', $1::text, $2, $3)",
            stop, JsonSerializer.Serialize(new { From = number, To = Ours, Body = "STOP" }), _app.Clock.GetUtcNow().AddMinutes(-5));
        await Write(number, "START");
        await _app.RunTimer("SweepProviderEvents");
        await Heeded(stop);
        Assert.Equal("", await ledger.Suppressed(number));
    }

    [Fact]
    public async Task An_sms_is_the_organisations_whose_number_it_was_written_to()
    {
        var (one, shared) = (await Ledger.Create(_app, 1, "sms"), await Ledger.Create(_app, 1, "sms"));
        var number = $"+1415999{Random.Shared.Next(1000, 9999)}";
        var numberOfOne = $"+1500999{Random.Shared.Next(1000, 9999)}";
        await _app.Sql("update contacts set phone = $2 where organization_id = any($1)", new[] { one.Org.Id, shared.Org.Id }, number);
        await _app.Sql("update organizations set sms_number = $2 where id = $1", one.Org.Id, numberOfOne);

        Assert.Equal(one.Org.Id, await Write(number, "Hello", numberOfOne));
        Assert.Equal(shared.Org.Id, await Write(number, "Hello", Ours));
        var nobodys = $"SM{Guid.NewGuid():N}";
        (await _app.Sms("/webhooks/twilio/sms", ("MessageSid", nobodys), ("From", "+14150000000"), ("To", Ours), ("Body", "Hello"))).Expect(200);
        Assert.Equal("parked", (await _app.Processed(nobodys)).Status);
    }

    [Fact]
    public async Task An_sms_is_answered_with_nothing_to_send_back_and_kept_once()
    {
        var sid = $"SM{Guid.NewGuid():N}";
        (string, string)[] fields = [("MessageSid", sid), ("From", "+14150000001"), ("To", Ours), ("Body", "Grüße & 1+1=2"), ("FromCity", "")];
        var reply = (await _app.Sms("/webhooks/twilio/sms", fields)).Expect(200);
        Assert.Equal(("<Response/>", "text/xml"), (reply.Body, reply.Headers["Content-Type"].Split(';')[0]));
        (await _app.Sms("/webhooks/twilio/sms", fields)).Expect(200);
        Assert.Equal(1, await _app.Scalar<long>("select count(*) from provider_events where event_id = $1", sid));
        var body = JsonDocument.Parse(await _app.Scalar<string>("select body from provider_events where event_id = $1", sid)).RootElement;
        Assert.Equal(("Grüße & 1+1=2", ""), (body.GetProperty("Body").GetString(), body.GetProperty("FromCity").GetString()));
    }

    [Theory]
    [InlineData("/webhooks/twilio/sms")]
    [InlineData("/webhooks/twilio/status?organizationId=x&deliveryId=y")]
    public async Task Only_what_Twilio_signed_is_taken(string path)
    {
        using var form = new StringContent("MessageSid=SM1", null, "application/x-www-form-urlencoded");
        (await _app.Anonymous.Post(path, form, ("X-Twilio-Signature", SignedVendors.SignSms(path, "MessageSid=SM2")))).Expect(400, "INVALID_SIGNATURE");
        (await _app.Anonymous.Post(path, new { })).Expect(415);
        (await _app.Sms(path, ("MessageSid", "SM1"))).Expect(path.EndsWith("sms", StringComparison.Ordinal) ? 200 : 204);
    }

    private async Task<bool> Flag(Ledger ledger, string contact) =>
        (await ledger.Org.Owner.Get(contact)).Expect(200).Data.GetProperty("unsubscribedSms").GetBoolean();

    /// <summary>An SMS to us; the organisation it was taken for, once its word was heeded.</summary>
    private async Task<Guid> Write(string from, string text, string to = Ours)
    {
        var sid = $"SM{Guid.NewGuid():N}";
        (await _app.Sms("/webhooks/twilio/sms", ("MessageSid", sid), ("From", from), ("To", to), ("Body", text))).Expect(200);
        var id = await _app.Scalar<Guid>("select id from provider_events where event_id = $1", sid);
        await Heeded(id);
        await _app.Settled();
        // The inbox has it too.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await _app.Scalar<string>("select status from provider_events where id = $1", id) != "processed")
        {
            Assert.False(patience.IsCancellationRequested, "The inbox did not take it.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        return await _app.Scalar<Guid>("select organization_id from provider_events where id = $1", id);
    }

    private async Task Heeded(Guid id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await _app.Scalar<bool>("select processed_at is not null from provider_events where id = $1", id))
            await Task.Delay(30, patience.Token);
    }

    private async Task Status(Ledger ledger, int number, string status, string? code = null)
    {
        var sid = $"SM{Guid.NewGuid():N}";
        List<(string, string)> fields = [("MessageSid", sid), ("MessageStatus", status), ("To", "+1")];
        if (code is not null)
            fields.Add(("ErrorCode", code));
        var path = $"/webhooks/twilio/status?organizationId={ledger.Org.Id}&deliveryId={ledger.Deliveries[number - 1]}";
        (await _app.Sms(path, [.. fields])).Expect(204);
        Assert.Equal("processed", (await _app.Processed($"{sid}:{status}")).Status);
    }
}
