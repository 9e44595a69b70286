using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Local.Providers;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Sending;

/// <summary>An inbox message's way to the vendor.</summary>
public sealed class SendMessageTests(TestServices services) : IAsyncLifetime
{
    private VendorStandIn _vendor = null!;
    private TestApp _app = null!;
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _vendor = await VendorStandIn.Start();
        _app = await services.StartApp(settings =>
        {
            settings["INBOUND_DOMAIN"] = "in.crm.test";
            settings["Twilio:AccountSid"] = "AC0123456789abcdef0123456789abcdef";
            settings["Twilio:AuthToken"] = "secret";
            settings["Twilio:From"] = "+14155550100";
            settings["Twilio:BaseUrl"] = _vendor.Address;
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _vendor.DisposeAsync();
    }

    [Fact]
    public async Task A_mail_is_sent_with_what_makes_it_a_part_of_its_thread()
    {
        var (org, id) = await Write("email");
        await _app.Sql(
            "update messages set in_reply_to = 'their@one.test', reference_ids = '{first@one.test,their@one.test}', html_content = '<p>Hi</p>' where id = $1",
            id);
        await Deliver(org, id);
        await Deliver(org, id);

        var mail = Assert.Single(_app.Providers.Mailbox.Messages(Address(org)));
        Assert.Equal(("Hello", "Hi there", "<p>Hi</p>"), (mail.Subject, mail.Text, mail.Html));
        Assert.Equal("Staff Tester <no-reply@crm.test>", mail.From);
        Assert.Equal($"<{id:N}@crm.test>", mail.Headers["Message-ID"]);
        Assert.Equal("<their@one.test>", mail.Headers["In-Reply-To"]);
        Assert.Equal("<first@one.test> <their@one.test>", mail.Headers["References"]);
        Assert.Equal($"reply+t{org.Id:N}@in.crm.test", mail.Headers["Reply-To"]);
        Assert.Equal(id.ToString(), mail.CustomArgs["delivery_id"]);
        Assert.Equal($"sent {mail.MessageId} {Address(org)}", await State(id));
        Assert.Equal(0, await _app.Scalar<long>("select count(*) from timeline_entries where organization_id = $1", org.Id));
    }

    [Fact]
    public async Task An_sms_is_sent_as_it_was_written()
    {
        _vendor.Answer = static (context, _) =>
        {
            context.Response.StatusCode = 201;
            return context.Response.WriteAsync("""{"sid":"SM0123456789abcdef0123456789abcdef"}""");
        };
        var (org, id) = await Write("sms");
        await Deliver(org, id);
        var form = Assert.Single(_vendor.Requests).Form;
        Assert.Equal(("Hi there", "+4915100000001", "+14155550100"), (form["Body"], form["To"], form["From"]));
        Assert.Equal("sent SM0123456789abcdef0123456789abcdef +4915100000001", await State(id));
    }

    [Theory]
    [InlineData("unsubscribed_email = true", null, "sent")]
    [InlineData(null, "manual", "sent")]
    [InlineData(null, "bounced", "suppressed bounced")]
    [InlineData(null, "complained", "suppressed complained")]
    [InlineData("email = null", null, "suppressed no_address")]
    [InlineData("deleted_at = updated_at", null, "suppressed inactive")]
    public async Task Only_what_would_not_arrive_or_harm_stops_it(string? contact, string? suppression, string state)
    {
        var (org, id) = await Write("email");
        if (contact is not null)
            await _app.Sql($"update contacts set {contact} where organization_id = $1", org.Id);
        if (suppression is not null)
            await _app.Sql(
                "insert into suppressions (organization_id, id, channel, address, reason, created_at) values ($1, uuidv7(), 'email', $2, $3, now())",
                org.Id, Address(org), suppression);
        await Deliver(org, id);
        Assert.Equal(state, await _app.Scalar<string>("select concat_ws(' ', state, skip_reason) from deliveries where id = $1", id));
    }

    [Fact]
    public async Task What_is_to_be_sent_later_is_queued_when_it_is_due_and_once()
    {
        var (org, id) = await Write("email");
        await _app.Sql("update deliveries set not_before = $2 where id = $1", id, _app.Clock.GetUtcNow().AddHours(1));
        await Deliver(org, id);
        await Sweep();
        Assert.Empty(_app.Providers.Mailbox.Messages(Address(org)));

        _app.Clock.Advance(TimeSpan.FromMinutes(61));
        await Sweep();
        Assert.Single(_app.Providers.Mailbox.Messages(Address(org)));
        Assert.StartsWith("sent", await State(id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_waits_in_the_queue_once_however_long_its_consumer_lags()
    {
        await using var lagging = await services.StartApp(settings => settings["AzureWebJobs.SendMessage.Disabled"] = "true");
        await Write("email", lagging);
        for (var minute = 0; minute < 5; minute++)
        {
            lagging.Clock.Advance(TimeSpan.FromMinutes(1));
            await lagging.RunTimer("SettleCalls");
        }

        Assert.Equal(1, await lagging.Queues.Depth("send-message", Ct));
        lagging.Clock.Advance(TimeSpan.FromMinutes(10));
        await lagging.RunTimer("SettleCalls");
        Assert.Equal(2, await lagging.Queues.Depth("send-message", Ct));
    }

    [Fact]
    public async Task A_vendor_that_is_down_gets_it_later_and_one_that_refuses_it_never()
    {
        _app.Providers.Faults.Set(new Fault { Provider = "sendgrid", Status = 503, Count = 1 });
        var (org, id) = await Write("email");
        await Deliver(org, id);
        Assert.Equal("pending 1", await _app.Scalar<string>("select concat_ws(' ', state, attempts) from deliveries where id = $1", id));
        _app.Clock.Advance(TimeSpan.FromSeconds(40));
        await Sweep();
        Assert.StartsWith("sent", await State(id), StringComparison.Ordinal);

        _app.Providers.Faults.Set(new Fault { Provider = "sendgrid", Status = 400, Count = 1 });
        var (other, refused) = await Write("email");
        await Deliver(other, refused);
        Assert.StartsWith(
            "failed 400: ", await _app.Scalar<string>("select concat_ws(' ', state, error) from deliveries where id = $1", refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_claim_whose_process_died_is_settled_as_a_campaigns_is()
    {
        var (org, id) = await Write("email");
        var call = Guid.CreateVersion7();
        await _app.Sql(
            "insert into provider_calls (organization_id, id, channel, recipients, claimed_at, called_at) values ($1, $2, 'email', 1, $3, $3)",
            org.Id, call, _app.Clock.GetUtcNow());
        await _app.Sql("update deliveries set call_id = $2 where id = $1", id, call);
        await Deliver(org, id);
        _app.Clock.Advance(TimeSpan.FromMinutes(11));
        await Sweep();
        await _app.Sql("insert into provider_pulses (provider, heard_at) values ('sendgrid', $1)", _app.Clock.GetUtcNow());
        Assert.Empty(_app.Providers.Mailbox.Messages(Address(org)));
        await Sweep();
        _app.Clock.Advance(TimeSpan.FromMinutes(12));
        await Sweep();
        Assert.StartsWith("sent", await State(id), StringComparison.Ordinal);
        Assert.Single(_app.Providers.Mailbox.Messages(Address(org)));
    }

    [Fact]
    public async Task What_cannot_be_settled_for_one_organisation_holds_up_no_other()
    {
        var (stuck, other) = (await Write("email"), await Write("email"));
        foreach (var (org, id) in new[] { stuck, other })
        {
            var call = Guid.CreateVersion7();
            await _app.Sql(
                "insert into provider_calls (organization_id, id, channel, recipients, claimed_at) values ($1, $2, 'email', 1, $3)",
                org.Id, call, _app.Clock.GetUtcNow());
            await _app.Sql("update deliveries set call_id = $2 where id = $1", id, call);
        }

        await _app.Sql($"""
            create function refuse() returns trigger language plpgsql as $$ begin raise 'told to fail'; end $$;
            create trigger refused before update on provider_calls for each row when (new.organization_id = '{stuck.Org.Id}') execute function refuse()
            """);
        _app.Clock.Advance(TimeSpan.FromMinutes(11));
        await Handled(async () => Assert.Contains("told to fail", (await _app.Fire("SettleCalls")).Error, StringComparison.Ordinal));
        await _app.Sql("drop function refuse() cascade");

        // Released, and what comes after is done too: it was queued at once.
        Assert.StartsWith("sent", await State(other.Id), StringComparison.Ordinal);
        Assert.StartsWith("pending", await State(stuck.Id), StringComparison.Ordinal);
        await Sweep();
        Assert.StartsWith("sent", await State(stuck.Id), StringComparison.Ordinal);
    }

    private static string Address(TestOrganization org) => $"to@{org.Id:N}.test";

    private Task<string> State(Guid id) =>
        _app.Scalar<string>("select concat_ws(' ', state, provider_id, address, skip_reason, error) from deliveries where id = $1", id);

    private Task Deliver(TestOrganization org, Guid id) => Handled(() =>
        _app.Queues.Send("send-message", JsonSerializer.Serialize(new { organizationId = org.Id, deliveryId = id }), Ct));

    private Task Sweep() => Handled(() => _app.RunTimer("SettleCalls"));

    private async Task Handled(Func<Task> act)
    {
        await act();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await _app.Queues.Depth("send-message", Ct) > 0)
            await Task.Delay(20, patience.Token);
    }

    // As the inbox leaves it.
    private async Task<(TestOrganization Org, Guid Id)> Write(string type, TestApp? app = null)
    {
        app ??= _app;
        var org = await app.NewOrganization();
        var (contact, conversation, id, now) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), app.Clock.GetUtcNow());
        await app.Sql(
            "insert into contacts (organization_id, id, owner_id, email, phone, created_at, updated_at) values ($1, $2, $3, $4, '+4915100000001', $5, $5)",
            org.Id, contact, org.Staff.Id, Address(org), now);
        await app.Sql(
            """
            insert into conversations (organization_id, id, contact_id, type, reply_token, last_message_at, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $6, $6, $6)
            """,
            org.Id, conversation, contact, type, $"t{org.Id:N}", now);
        await app.Sql(
            """
            insert into messages (organization_id, id, conversation_id, contact_id, direction, type, subject, content, author_id, rfc_message_id, created_at)
            values ($1, $2, $3, $4, 'outbound', $5, 'Hello', 'Hi there', $6, $7, $8)
            """,
            org.Id, id, conversation, contact, type, org.Staff.Id, $"{id:N}@crm.test", now);
        await app.Sql(
            "insert into deliveries (organization_id, id, channel, contact_id, created_at) values ($1, $2, $3, $4, $5)", org.Id, id, type, contact, now);
        return (org, id);
    }
}
