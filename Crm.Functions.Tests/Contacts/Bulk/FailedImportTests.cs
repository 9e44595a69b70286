using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations.AzureQueues;
using static Crm.Functions.Tests.Contacts.Bulk.Importing;

namespace Crm.Functions.Tests.Contacts.Bulk;

/// <summary>Imports that cannot succeed, and one whose transaction runs twice.</summary>
public sealed class FailedImportTests(TestServices services, OwnApp own) : IClassFixture<OwnApp>
{
    private const string TwoPeople = "email,name\nann@x.example,Ann\nbob@x.example,Bob\n";
    private readonly TestApp _app = own.App;

    [Fact]
    public async Task An_import_that_fails_five_times_is_given_up_with_the_reason_and_never_tried_again()
    {
        var org = await _app.NewOrganization();
        await _app.Sql($"alter table timeline_entries add constraint broken check (organization_id <> '{org.Id}') not valid");
        var import = (await Upload(org.Manager, TwoPeople)).Expect(202).Data;

        var failed = (await Follow(org.Manager, import, "failed")).GetProperty("import");

        Assert.Equal(
            "After 5 tries its rows from line 2 on could not be imported. What was imported before them stays, and can be undone.",
            failed.GetProperty("error").GetString());
        Assert.NotEqual(JsonValueKind.Null, failed.GetProperty("finishedAt").ValueKind);
        var listed = Assert.Single((await org.Manager.Get("/contacts/import")).Expect(200).Data.GetProperty("imports").EnumerateArray());
        Assert.Equal("failed", listed.GetProperty("status").GetString());
        _app.Clock.Advance(TimeSpan.FromHours(1));
        await _app.RunTimer("SweepImports");
        Assert.Equal("failed 5", await _app.Scalar<string>("select status || ' ' || attempts from imports where organization_id = $1", org.Id));
        Assert.Equal(0, await _app.Queues.Depth("import-contacts", TestContext.Current.CancellationToken));
        Assert.Equal(0, await _app.Queues.Depth("import-contacts-poison", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_failed_import_can_be_undone()
    {
        var org = await _app.NewOrganization();
        var import = await Import(org.Manager, TwoPeople);
        await _app.Sql("update imports set status = 'failed', attempts = 5, error = 'Why.' where organization_id = $1", org.Id);

        (await org.Manager.Post($"/contacts/import/{import.GetProperty("id").GetGuid()}/undo")).Expect(202);

        var undone = (await Follow(org.Manager, import, "undone")).GetProperty("import");
        Assert.Equal((2, JsonValueKind.Null), (Number(undone, "removed"), undone.GetProperty("error").ValueKind));
    }

    [Fact]
    public async Task Batches_whose_process_died_count_and_those_that_never_began_do_not()
    {
        var org = await _app.NewOrganization();
        var died = await AddRunning(org, triedAt: _app.Clock.GetUtcNow().AddMinutes(-10.5));
        var waits = await AddRunning(org, triedAt: null);

        await _app.RunTimer("SweepImports");

        Assert.Equal("failed 5", await _app.Scalar<string>("select status || ' ' || attempts from imports where id = $1", died));
        // It was queued, and came to its end.
        while (await _app.Scalar<string>("select status from imports where id = $1", waits) == "running")
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.Equal("completed 0", await _app.Scalar<string>("select status || ' ' || attempts from imports where id = $1", waits));
    }

    [Fact]
    public async Task Sweeps_leave_what_they_have_queued_to_a_consumer_that_lags()
    {
        await using var cutOff = await services.StartApp(settings => settings["AzureWebJobs.ImportBatch.Disabled"] = "true");
        var org = await cutOff.NewOrganization();
        (await Upload(org.Manager, TwoPeople)).Expect(202);
        Assert.Equal(1, await cutOff.Queues.Depth("import-contacts", TestContext.Current.CancellationToken));
        cutOff.Clock.Advance(TimeSpan.FromMinutes(11));

        for (var sweep = 0; sweep < 3; sweep++)
            await cutOff.RunTimer("SweepImports");

        Assert.Equal(2, await cutOff.Queues.Depth("import-contacts", TestContext.Current.CancellationToken));
        Assert.Equal(0, await cutOff.Scalar<int>("select attempts from imports"));
    }

    [Fact]
    public async Task Rows_that_would_give_a_contact_more_than_fifty_tags_fail_and_say_so()
    {
        var org = await _app.NewOrganization();
        var ann = await org.AddContact(org.Manager, "Ann", "ann@x.example");
        (await org.Manager.Patch($"/contacts/{ann}", new { tags = Enumerable.Range(0, 49).Select(number => $"tag {number}") })).Expect(200);

        var import = await Import(
            org.Manager, $"email,tags\nann@x.example,one;two\nbob@x.example,{string.Join(';', Enumerable.Range(0, 50))}\ncarl@x.example,one\n",
            ("tags", "fair"));

        Assert.Equal((1, 0, 2), (Number(import, "created"), Number(import, "updated"), Number(import, "failed")));
        var errors = (await Follow(org.Manager, import)).GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("error").GetString());
        Assert.All(errors, error => Assert.Equal("tags: the contact would have more than 50 labels.", error));
        Assert.Equal(49, (await org.Manager.Get($"/contacts/{ann}")).Data.GetProperty("tags").GetArrayLength());
    }

    [Fact]
    public async Task A_file_whose_transaction_gave_way_in_a_deadlock_is_read_from_its_beginning()
    {
        var org = await _app.NewOrganization();
        // The first time only: a sequence is not rolled back.
        await _app.Sql($"""
            create sequence deadlocks;
            grant usage on sequence deadlocks to crm_app;
            create function give_way() returns trigger language plpgsql as $body$
            begin
                if new.organization_id = '{org.Id}' and new.total > 0 and nextval('deadlocks') = 1 then
                    raise exception 'gave way' using errcode = '40P01';
                end if;
                return new;
            end $body$;
            create trigger give_way before update on imports for each row execute function give_way();
            """);

        var import = await Import(org.Manager, TwoPeople);

        Assert.Equal((2, 2), (Number(import, "total"), Number(import, "created")));
    }

    // As a process that was killed leaves it; nothing is queued.
    private Task<Guid> AddRunning(TestOrganization org, DateTimeOffset? triedAt) => _app.Scalar<Guid>(
        """
        insert into imports (organization_id, id, user_id, owner_id, file_name, columns, fields, on_duplicate, tags, dry_run, status, total,
                                 attempts, tried_at, created_at, updated_at)
        values ($1, gen_random_uuid(), $2, $2, 'people.csv', '{email}', '{email}', 'update', '{}', false, 'running', 0, 4, $3, $4, $4)
        returning id
        """,
        org.Id, org.Manager.Id, triedAt ?? (object)DBNull.Value, _app.Clock.GetUtcNow().AddMinutes(-11));
}
