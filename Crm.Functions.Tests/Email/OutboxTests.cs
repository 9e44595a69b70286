using Crm.Functions.Tests.Auth;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Email;

public sealed class OutboxTests(TestServices services, OwnApp own) : IClassFixture<OwnApp>
{
    private const string NoQueue =
        "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1"
            + ";AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
            + ";QueueEndpoint=http://127.0.0.1:1/devstoreaccount1";

    private readonly TestApp _app = own.App;

    [Fact]
    public async Task Messages_that_found_no_queue_wait_in_the_outbox_for_the_sweep()
    {
        var connection = "";
        await using var cutOff = await services.StartApp(settings =>
        {
            connection = settings["Database:ConnectionString"];
            settings["AzureWebJobsStorage"] = NoQueue;
        });
        await using var healthy = await services.StartApp(settings => settings["Database:ConnectionString"] = connection);
        var org = await cutOff.NewOrganization();

        (await org.Owner.Post("/auth/invite", new { email = "sam@example.test", role = "staff" })).Expect(201);
        Assert.Equal(1, await cutOff.Scalar<long>("select count(*) from outbox where organization_id = $1 and queue = 'send-email'", org.Id));

        // Too fresh: the request that wrote it may still be at it.
        await healthy.RunTimer("SweepOutbox");
        Assert.Equal(1, await cutOff.Scalar<long>("select count(*) from outbox"));

        // A sweep that does not reach the queue either keeps the message.
        cutOff.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.False((await cutOff.Fire("SweepOutbox")).Succeeded);
        Assert.Equal(1, await cutOff.Scalar<long>("select count(*) from outbox"));

        healthy.Clock.Advance(TimeSpan.FromSeconds(10));
        await healthy.RunTimer("SweepOutbox");

        var mail = Assert.Single(await healthy.Mails("sam@example.test"));
        Assert.Equal(0, await cutOff.Scalar<long>("select count(*) from outbox"));
        (await healthy.Anonymous.Get($"/auth/invitations/{mail.LinkToken()}/preview")).Expect(200);
    }

    [Fact]
    public async Task Two_sweeps_at_once_relay_each_message_once()
    {
        var org = await _app.NewOrganization();
        await _app.Sql(
            """
            insert into outbox (organization_id, id, queue, body, created_at)
            select $1, gen_random_uuid(), 'somebodys-queue', jsonb_build_object('number', number), $2
            from generate_series(1, 300) number
            """,
            org.Id, _app.Clock.GetUtcNow().AddMinutes(-1));

        await Task.WhenAll(_app.RunTimer("SweepOutbox"), _app.RunTimer("SweepOutbox"), _app.RunTimer("SweepOutbox"));

        Assert.Equal(300, await _app.Queues.Depth("somebodys-queue", TestContext.Current.CancellationToken));
        Assert.Equal(0, await _app.Scalar<long>("select count(*) from outbox where organization_id = $1", org.Id));
    }

    [Fact]
    public async Task A_sweep_holds_nothing_while_it_sends_and_what_it_sent_before_it_failed_is_not_sent_again()
    {
        var org = await _app.NewOrganization();
        var queue = $"half-{org.Id:N}";
        // Longer than a queue's message may be.
        await _app.Sql(
            """
            insert into outbox (organization_id, id, queue, body, created_at)
            select $1, gen_random_uuid(), $3, jsonb_build_object('text', case when number = 4 then repeat('x', 100000) else '' end),
                   $2::timestamptz + number * interval '1 second'
            from generate_series(1, 6) number
            """,
            org.Id, _app.Clock.GetUtcNow().AddMinutes(-1), queue);

        Assert.False((await _app.Fire("SweepOutbox")).Succeeded);
        Assert.Equal(3, await _app.Queues.Depth(queue, TestContext.Current.CancellationToken));
        Assert.Equal(3, await _app.Scalar<long>("select count(*) from outbox where organization_id = $1 and leased_until is null", org.Id));

        // Mended, it takes up the rest; what another sweep has is left to it until its time is over.
        await _app.Sql(
            "update outbox set body = '{}', leased_until = case when created_at = (select max(created_at) from outbox) then $2 end where organization_id = $1",
            org.Id, _app.Clock.GetUtcNow().AddMinutes(2));
        await _app.RunTimer("SweepOutbox");
        Assert.Equal((5, 1), (
            await _app.Queues.Depth(queue, TestContext.Current.CancellationToken),
            await _app.Scalar<long>("select count(*) from outbox where organization_id = $1", org.Id)));
        _app.Clock.Advance(TimeSpan.FromMinutes(2));
        await _app.RunTimer("SweepOutbox");
        Assert.Equal((6, 0), (
            await _app.Queues.Depth(queue, TestContext.Current.CancellationToken),
            await _app.Scalar<long>("select count(*) from outbox where organization_id = $1", org.Id)));
    }

    [Fact]
    public async Task A_relay_that_is_cut_removes_what_it_has_sent()
    {
        var org = await _app.NewOrganization();
        var queue = $"cut-{org.Id:N}";
        OutboxMessage[] messages = [.. Enumerable.Range(1, 3)
            .Select(number => new OutboxMessage(org.Id, Guid.CreateVersion7(), queue, number == 3 ? new string('x', 100_000) : "{}"))];
        foreach (var message in messages)
            await _app.Sql(
                "insert into outbox (organization_id, id, queue, body, created_at) values ($1, $2, $3, '{}', $4)",
                org.Id, message.Id, queue, _app.Clock.GetUtcNow());

        await _app.Services.GetRequiredService<IOutboxRelay>().Relay(messages);

        Assert.Equal(2, await _app.Queues.Depth(queue, TestContext.Current.CancellationToken));
        Assert.Equal(messages[2].Id, await _app.Scalar<Guid>("delete from outbox where organization_id = $1 returning id", org.Id));
    }

    [Fact]
    public async Task What_is_rolled_back_sends_nothing()
    {
        var org = await _app.NewOrganization();
        // The audit row, last in the transaction, fails.
        await _app.Sql($"alter table audit_events add constraint broken check (organization_id <> '{org.Id}' or action <> 'user.invited') not valid");

        (await org.Owner.Post("/auth/invite", new { email = "sam@example.test", role = "staff" })).Expect(500, "INTERNAL_ERROR");

        foreach (var table in new[] { "outbox", "emails", "invitations" })
            Assert.Equal(0, await _app.Scalar<long>($"select count(*) from {table} where organization_id = $1", org.Id));
    }
}
