using System.Text.Json;
using Crm.Functions.Tests.Auth;
using Crm.Functions.Tests.Fixture;
using Crm.Local.Providers;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Email;

/// <summary>A transactional mail's way from its row to the provider, and what happens when the provider or we fail.</summary>
public sealed class SendEmailTests(TestServices services, OwnApp own) : IClassFixture<OwnApp>, IAsyncDisposable
{
    private const string SomeId = "01990000-0000-7000-8000-a00000000000";

    private readonly TestApp _app = own.App;

    // What is still on its way would take the next test's fault upon itself.
    public async ValueTask DisposeAsync()
    {
        await QueueIsEmpty();
        _app.Providers.Faults.Clear();
    }

    [Fact]
    public async Task A_mail_goes_through_the_queue_to_the_provider_and_is_marked_with_its_id()
    {
        var org = await _app.NewOrganization();
        var (email, _, _) = await _app.Invite(org.Owner, "staff");
        var mail = Assert.Single(await _app.Mails(email));
        var id = await IdOf(email);
        await Becomes(id, "sent");

        Assert.Equal("no-reply@crm.test", mail.From);
        Assert.Equal(id.ToString(), mail.CustomArgs["email_id"]);
        Assert.Equal(mail.MessageId, await _app.Scalar<string>("select provider_id from emails where id = $1", id));
        Assert.Equal("Invitation 1 t", await _app.Scalar<string>("select concat_ws(' ', kind, attempts, sent_at is not null) from emails where id = $1", id));
        Assert.Equal(0, await _app.Scalar<long>("select count(*) from outbox where organization_id = $1", org.Id));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_provider_that_fails_gets_the_mail_again_later(int status)
    {
        _app.Providers.Faults.Set(new Fault { Provider = "sendgrid", Status = status, Count = 1 });
        var org = await _app.NewOrganization();
        var id = await AddMail(org);
        await Deliver(id, org);
        await Becomes(id, "pending", attempts: 1);
        Assert.StartsWith($"{status}: ", await _app.Scalar<string>("select error from emails where id = $1", id), StringComparison.Ordinal);

        // Its own message once more, or an early sweep: not before its time.
        await Deliver(id, org);
        await _app.RunTimer("SweepEmails");
        await Becomes(id, "pending", attempts: 1);

        _app.Clock.Advance(TimeSpan.FromSeconds(30));
        await _app.RunTimer("SweepEmails");

        await Becomes(id, "sent", attempts: 2);
        Assert.Single(await _app.Mails(Address(org)));
        Assert.Equal(1, await _app.Scalar<long>("select count(*) from emails where id = $1 and error is null", id));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    public async Task A_mail_that_the_provider_refuses_has_failed_for_good(int status)
    {
        // Another test's mail must not meet the fault, even one whose time has come only because a test moved the clock.
        await _app.RunTimer("SweepOutbox");
        await _app.RunTimer("SweepEmails");
        await _app.Settled();
        _app.Providers.Faults.Set(new Fault { Provider = "sendgrid", Status = status, Count = 1 });
        var org = await _app.NewOrganization();
        var id = await AddMail(org);
        await Deliver(id, org);
        await Becomes(id, "failed", attempts: 1);
        Assert.StartsWith($"{status}: ", await _app.Scalar<string>("select error from emails where id = $1", id), StringComparison.Ordinal);

        _app.Clock.Advance(TimeSpan.FromDays(1));
        await _app.RunTimer("SweepEmails");
        await Deliver(id, org);

        await Becomes(id, "failed", attempts: 1);
        Assert.Empty(_app.Providers.Mailbox.Messages(Address(org)));
    }

    [Fact]
    public async Task The_waits_double_up_to_an_hour_and_end_after_sixty_tries()
    {
        _app.Providers.Faults.Set(new Fault { Provider = "sendgrid", Status = 503 });
        var org = await _app.NewOrganization();
        var id = await AddMail(org);
        var waits = new List<double>();
        for (var attempt = 1; attempt <= 11; attempt++)
        {
            await Deliver(id, org);
            await Becomes(id, "pending", attempt);
            waits.Add(Math.Round(
                await _app.Scalar<double>("select extract(epoch from due_at - $2)::float8 from emails where id = $1", id, _app.Clock.GetUtcNow()) / 15,
                MidpointRounding.AwayFromZero) * 15);
            _app.Clock.Advance(TimeSpan.FromSeconds(waits[^1] + 10));
        }

        Assert.Equal([15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600], waits);

        await _app.Sql("update emails set attempts = 59 where id = $1", id);
        await Deliver(id, org);
        await Becomes(id, "failed", attempts: 60);
    }

    [Fact]
    public async Task Ten_deliveries_of_one_message_at_once_send_one_mail()
    {
        _app.Providers.Faults.Set(new Fault { Provider = "sendgrid", LatencyMs = 500 });
        var org = await _app.NewOrganization();
        var id = await AddMail(org);

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Deliver(id, org)));
        await Becomes(id, "sent", attempts: 1);
        await QueueIsEmpty();
        await Deliver(id, org);
        await QueueIsEmpty();

        Assert.Single(await _app.Mails(Address(org)));
        await Becomes(id, "sent", attempts: 1);
    }

    [Fact]
    public async Task A_mail_whose_message_was_lost_is_found_by_the_sweep()
    {
        var org = await _app.NewOrganization();
        var id = await AddMail(org);
        await _app.RunTimer("SweepEmails");
        await QueueIsEmpty();
        await Becomes(id, "pending", attempts: 0);

        _app.Clock.Advance(TimeSpan.FromSeconds(10));
        await _app.RunTimer("SweepEmails");

        await Becomes(id, "sent", attempts: 1);
    }

    [Fact]
    public async Task A_claim_that_ran_out_is_taken_over_and_a_running_one_is_not()
    {
        var org = await _app.NewOrganization();
        var id = await AddMail(org);
        // Claimed by a process that was killed.
        await _app.Sql("update emails set status = 'sending', attempts = 1, due_at = $2 where id = $1", id, _app.Clock.GetUtcNow().AddSeconds(45));
        await Deliver(id, org);
        await _app.RunTimer("SweepEmails");
        await QueueIsEmpty();
        await Becomes(id, "sending", attempts: 1);

        _app.Clock.Advance(TimeSpan.FromSeconds(56));
        await _app.RunTimer("SweepEmails");

        await Becomes(id, "sent", attempts: 2);
        Assert.Single(await _app.Mails(Address(org)));
    }

    [Fact]
    public async Task Who_settles_late_does_not_overwrite_who_took_over()
    {
        _app.Providers.Faults.Set(new Fault { Provider = "sendgrid", LatencyMs = 1000, Status = 400 });
        var org = await _app.NewOrganization();
        var id = await AddMail(org);
        await Deliver(id, org);
        await Becomes(id, "sending", attempts: 1);

        // Its claim ran out while the provider was slow, and another instance has it now.
        await _app.Sql("update emails set attempts = 2 where id = $1", id);
        await QueueIsEmpty();

        await Becomes(id, "sending", attempts: 2);
    }

    [Fact]
    public async Task A_letter_of_a_kind_unknown_to_this_version_waits()
    {
        var org = await _app.NewOrganization();
        var id = await AddMail(org);
        var data = await _app.Scalar<string>("select data::text from emails where id = $1", id);
        await _app.Sql("""update emails set data = '{"$type":"of_tomorrow"}' where id = $1""", id);
        await Deliver(id, org);
        await Becomes(id, "pending", attempts: 1);

        await _app.Sql("update emails set data = $2::jsonb where id = $1", id, data);
        _app.Clock.Advance(TimeSpan.FromSeconds(30));
        await _app.RunTimer("SweepEmails");

        await Becomes(id, "sent", attempts: 2);
    }

    [Fact]
    public async Task A_message_about_a_mail_of_another_organisation_or_none_does_nothing()
    {
        var org = await _app.NewOrganization();
        var other = await _app.NewOrganization();
        var id = await AddMail(org);

        await Deliver(id, other);
        await Deliver(Guid.NewGuid(), org);
        await QueueIsEmpty();

        await Becomes(id, "pending", attempts: 0);
        Assert.Equal(0, await _app.Queues.Depth("send-email-poison", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData($$"""{"organizationId":"{{SomeId}}"}""")]
    [InlineData($$"""{"organizationId":"00000000-0000-0000-0000-000000000000","emailId":"{{SomeId}}","importId":"{{SomeId}}"}""")]
    public async Task A_message_that_does_not_say_what_it_is_about_is_dropped_at_once(string message)
    {
        foreach (var queue in Queues.All)
            await _app.Queues.Send(queue, message, TestContext.Current.CancellationToken);
        foreach (var queue in Queues.All)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            while (await _app.Queues.Depth(queue, TestContext.Current.CancellationToken) > 0)
                await Task.Delay(20, patience.Token);
            Assert.Equal(0, await _app.Queues.Depth($"{queue}-poison", TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task A_mail_waits_in_the_queue_once_however_long_its_consumer_lags()
    {
        await using var lagging = await services.StartApp(settings => settings["AzureWebJobs.SendEmail.Disabled"] = "true");
        var org = await lagging.NewOrganization();
        (await org.Owner.Post("/auth/invite", new { email = "sam@example.test", role = "staff" })).Expect(201);
        for (var minute = 0; minute < 5; minute++)
        {
            lagging.Clock.Advance(TimeSpan.FromMinutes(1));
            await lagging.RunTimer("SweepEmails");
        }

        // Its own message, and one of the sweep's.
        Assert.Equal(2, await lagging.Queues.Depth("send-email", TestContext.Current.CancellationToken));
        lagging.Clock.Advance(TimeSpan.FromMinutes(10));
        await lagging.RunTimer("SweepEmails");
        Assert.Equal(3, await lagging.Queues.Depth("send-email", TestContext.Current.CancellationToken));
    }

    private static string Address(TestOrganization org) => $"to-{org.Id:N}@example.test";

    // As a transaction leaves it, its message lost.
    private async Task<Guid> AddMail(TestOrganization org)
    {
        var id = Guid.CreateVersion7();
        await _app.Sql(
            """
            insert into emails (organization_id, id, kind, recipient, data, due_at, created_at)
            values ($1, $2, 'PasswordChanged', $3, '{"$type":"password_changed","firstName":"Ann"}', $4, $4)
            """,
            org.Id, id, Address(org), _app.Clock.GetUtcNow());
        return id;
    }

    private Task<Guid> IdOf(string recipient) => _app.Scalar<Guid>("select id from emails where recipient = $1", recipient);

    private Task Deliver(Guid id, TestOrganization org) =>
        _app.Queues.Send("send-email", JsonSerializer.Serialize(new { organizationId = org.Id, emailId = id }), CancellationToken.None);

    private async Task Becomes(Guid id, string status, int? attempts = null)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var now = await _app.Scalar<string>("select status || ' ' || attempts || coalesce(' ' || error, '') from emails where id = $1", id);
            if (now.StartsWith(attempts is null ? status : $"{status} {attempts}", StringComparison.Ordinal))
                return;
            Assert.False(patience.IsCancellationRequested, $"The mail should become {status} {attempts} but is {now}.");
            await Task.Delay(20);
        }
    }

    private async Task QueueIsEmpty()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await _app.Queues.Depth("send-email", TestContext.Current.CancellationToken) > 0)
            await Task.Delay(50, patience.Token);
    }
}
