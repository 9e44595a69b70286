using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts.Bulk;

public sealed class ChangeContactsTests(TestServices services)
{
    [Fact]
    public async Task Many_contacts_are_tagged_at_once_and_each_row_says_what_became_of_it()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var (a, b, theirs, none) = (await org.AddContact(org.Manager), await org.AddContact(org.Staff), await other.AddContact(other.Manager), Guid.NewGuid());
        (await org.Manager.Patch($"/contacts/{b}", new { tags = new[] { "VIP" } })).Expect(200);

        var reply = (await org.Manager.Post(
            "/contacts/bulk", new { ids = new[] { a, b, theirs, none }, action = "tag", values = new { tags = new[] { "vip" } } })).Expect(200).Data;

        Assert.Equal((2, 1, 1, 2), (Number(reply, "matched"), Number(reply, "changed"), Number(reply, "unchanged"), Number(reply, "notFound")));
        var outcomes = Outcomes(reply);
        Assert.Equal(("updated", "unchanged", "notFound", "notFound"), (outcomes[a], outcomes[b], outcomes[theirs], outcomes[none]));
        Assert.Equal("vip", (await org.Manager.Get($"/contacts/{a}")).Data.GetProperty("tags")[0].GetString());
        Assert.Equal("contact_updated", (await org.Manager.Get($"/contacts/{a}/timeline")).Data.GetProperty("timeline")[0].GetProperty("action").GetString());
    }

    [Fact]
    public async Task A_filter_picks_the_contacts_and_a_dry_run_changes_none()
    {
        var org = await services.App.NewOrganization();
        var kept = await org.AddContact(org.Manager, "Keep Me");
        await org.AddContact(org.Manager, "Drop Me");
        await org.AddContact(org.Manager, "Drop Me Too");

        var tried = (await org.Manager.Post("/contacts/bulk", new { filter = new { search = "drop" }, action = "delete", dryRun = true })).Expect(200).Data;
        Assert.Equal(2, Number(tried, "changed"));
        Assert.Equal(3, Number((await org.Manager.Get("/contacts")).Data.GetProperty("meta").GetProperty("pagination"), "total"));

        Assert.Equal(
            2, Number((await org.Manager.Post("/contacts/bulk", new { filter = new { search = "drop" }, action = "delete" })).Expect(200).Data, "changed"));
        Assert.Equal(
            [kept], (await org.Manager.Get("/contacts")).Data.GetProperty("contacts").EnumerateArray().Select(contact => contact.GetProperty("id").GetGuid()));
    }

    [Fact]
    public async Task A_contact_that_is_changed_while_it_is_waited_for_is_touched_only_if_the_filter_still_means_it()
    {
        var org = await services.App.NewOrganization();
        var (bought, still) = (await org.AddContact(org.Manager), await org.AddContact(org.Manager));
        var reply = await WhileOneBecomesCustomer(
            org, bought, () => org.Manager.Post("/contacts/bulk", new { filter = new { status = new[] { "active" } }, action = "delete" }));

        Assert.Equal([still], Outcomes(reply.Expect(200).Data).Keys);
        Assert.Equal("customer", (await org.Manager.Get($"/contacts/{bought}")).Data.GetProperty("status").GetString());
        Assert.Equal("inactive", (await org.Manager.Get($"/contacts/{still}")).Data.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_filter_that_means_too_many_is_refused_though_one_of_them_changes_meanwhile()
    {
        var org = await services.App.NewOrganization();
        var bought = await org.AddContact(org.Manager);
        await services.App.Sql(
            """
            insert into contacts (organization_id, id, first_name, created_at, updated_at)
            select $1, uuidv7(), 'c' || n, now(), now()
            from generate_series(1, 10000) n
            """,
            org.Id);

        var reply = await WhileOneBecomesCustomer(
            org, bought, () => org.Owner.Post("/contacts/bulk", new { filter = new { status = new[] { "active" } }, action = "delete" }));

        Assert.Contains("More than 10000 contacts match", reply.Expect(400, "VALIDATION_ERROR").Body, StringComparison.Ordinal);
    }

    // The change finds the contact locked, waits for it, and sees that it is another one now.
    private async Task<TestReply> WhileOneBecomesCustomer(TestOrganization org, Guid contact, Func<Task<TestReply>> change)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var connection = await services.App.OpenConnection();
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = "update contacts set status = 'customer' where organization_id = $1 and id = $2";
        command.Parameters.AddWithValue(org.Id);
        command.Parameters.AddWithValue(contact);
        await command.ExecuteNonQueryAsync(ct);
        var reply = change();
        const string Waiting = "select count(*) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))";
        while (!reply.IsCompleted && await services.App.Scalar<long>(Waiting, connection.ProcessID) == 0)
            await Task.Delay(20, ct);
        await transaction.CommitAsync(ct);
        return await reply;
    }

    [Fact]
    public async Task Contacts_are_assigned_and_updated_together()
    {
        var org = await services.App.NewOrganization();
        var (a, b) = (await org.AddContact(org.Manager), await org.AddContact(org.Owner));

        (await org.Manager.Post("/contacts/bulk", new { ids = new[] { a, b }, action = "assign", values = new { ownerId = org.Staff.Id } })).Expect(200);
        (await org.Manager.Post("/contacts/bulk", new { ids = new[] { a, b }, action = "update", values = new { status = "Customer", company = "Northwind" } }))
            .Expect(200);

        foreach (var contact in (await org.Staff.Get("/contacts?status=customer&search=northwind")).Expect(200).Data.GetProperty("contacts").EnumerateArray())
            Assert.Equal(org.Staff.Id, contact.GetProperty("ownerId").GetGuid());
        Assert.Equal(
            2, Number((await org.Staff.Get("/contacts?status=customer&search=northwind")).Data.GetProperty("meta").GetProperty("pagination"), "total"));
    }

    [Fact]
    public async Task Activating_deleted_contacts_restores_those_whose_address_is_free_and_says_of_the_others_why_not()
    {
        var org = await services.App.NewOrganization();
        var (ann, bob) = (await org.AddContact(org.Manager, "Ann", "ann@x.example"), await org.AddContact(org.Manager, "Bob", "bob@x.example"));
        var (carl, twin) = (await org.AddContact(org.Manager, "Carl"), Guid.Empty);
        foreach (var id in new[] { ann, bob, carl })
            (await org.Manager.Delete($"/contacts/{id}")).Expect(200);
        await org.AddContact(org.Manager, "Another Bob", "bob@x.example");
        twin = await org.AddContact(org.Manager, "Another Ann", "ann@x.example");
        (await org.Manager.Delete($"/contacts/{twin}")).Expect(200);

        var reply = (await org.Manager.Post(
            "/contacts/bulk", new { filter = new { status = new[] { "Inactive" } }, action = "update", values = new { status = "lead" } })).Expect(200).Data;

        Assert.Equal((4, 2, 2), (Number(reply, "matched"), Number(reply, "changed"), Number(reply, "failed")));
        var outcomes = Outcomes(reply);
        Assert.Equal(("updated", "failed", "updated", "failed"), (outcomes[ann], outcomes[bob], outcomes[carl], outcomes[twin]));
        Assert.Equal(
            "Another contact has its e-mail.",
            reply.GetProperty("results").EnumerateArray().First(result => result.GetProperty("id").GetGuid() == bob).GetProperty("reason").GetString());
        Assert.Equal(2, Number((await org.Manager.Get("/contacts?status=lead")).Expect(200).Data.GetProperty("meta").GetProperty("pagination"), "total"));
        (await org.Manager.Post("/contacts", new { name = "Third Ann", email = "ann@x.example" })).Expect(409, "CONTACT_DUPLICATE");
    }

    [Fact]
    public async Task Deleting_again_changes_nothing_and_leaves_no_trace()
    {
        var org = await services.App.NewOrganization();
        var ann = await org.AddContact(org.Manager);
        foreach (var (body, outcome) in new (object, string)[]
        {
            (new { ids = new[] { ann }, action = "delete" }, "deleted"),
            (new { ids = new[] { ann }, action = "delete" }, "unchanged"),
            (new { filter = new { status = new[] { "inactive" } }, action = "delete" }, "unchanged"),
        })
            Assert.Equal(outcome, Outcomes((await org.Manager.Post("/contacts/bulk", body)).Expect(200).Data)[ann]);

        var timeline = (await org.Manager.Get($"/contacts/{ann}/timeline")).Expect(200).Data.GetProperty("timeline");
        Assert.Equal(["contact_deleted", "contact_created"], timeline.EnumerateArray().Select(entry => entry.GetProperty("action").GetString()!));
    }

    [Fact]
    public async Task A_contact_that_would_have_more_than_fifty_tags_is_left_as_it_is()
    {
        var org = await services.App.NewOrganization();
        var (full, other) = (await org.AddContact(org.Manager), await org.AddContact(org.Manager));
        (await org.Manager.Patch($"/contacts/{full}", new { tags = Enumerable.Range(0, 50).Select(number => $"tag {number}") })).Expect(200);

        var reply = (await org.Manager.Post("/contacts/bulk", new { filter = new { }, action = "tag", values = new { tags = new[] { "vip", "tag 1" } } }))
            .Expect(200).Data;

        Assert.Equal((1, 1), (Number(reply, "changed"), Number(reply, "failed")));
        Assert.Equal(("failed", "updated"), (Outcomes(reply)[full], Outcomes(reply)[other]));
        Assert.Equal(50, (await org.Manager.Get($"/contacts/{full}")).Data.GetProperty("tags").GetArrayLength());
        (await org.Manager.Post("/contacts/bulk", new { ids = new[] { full }, action = "untag", values = new { tags = new[] { "tag 1" } } })).Expect(200);
    }

    [Fact]
    public async Task A_contact_that_was_merged_away_matches_no_filter()
    {
        var org = await services.App.NewOrganization();
        var (kept, gone) = (await org.AddContact(org.Manager), await org.AddContact(org.Manager));
        (await org.Manager.Post("/contacts/merge", new { primaryId = kept, duplicateIds = new[] { gone } })).Expect(200);

        var reply = (await org.Manager.Post(
            "/contacts/bulk",
            new { filter = new { status = new[] { "active", "inactive" } }, action = "update", values = new { company = "Northwind" } })).Expect(200).Data;

        Assert.Equal([kept], Outcomes(reply).Keys);
    }

    [Fact]
    public async Task A_filter_by_a_status_that_does_not_exist_is_refused_with_those_that_do()
    {
        var org = await services.App.NewOrganization();

        var reply = (await org.Manager.Post("/contacts/bulk", new { filter = new { status = new[] { "asleep" } }, action = "delete" }))
            .Expect(400, "VALIDATION_ERROR");

        Assert.Equal(["filter.status"], reply.Fields);
        Assert.Contains("lead, prospect, customer, active, inactive", reply.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"action":"tag","values":{"tags":["x"]}}""")]
    [InlineData("""{"ids":[],"action":"delete"}""")]
    [InlineData("""{"filter":{},"action":"explode"}""")]
    [InlineData("""{"filter":{},"action":"tag"}""")]
    [InlineData("""{"filter":{},"action":"assign","values":{}}""")]
    [InlineData("""{"filter":{},"action":"update","values":{"tags":["x"]}}""")]
    public async Task A_request_that_does_not_say_what_to_do_is_refused(string body)
    {
        var org = await services.App.NewOrganization();

        var reply = (await org.Manager.Post("/contacts/bulk", body)).Expect(400, "VALIDATION_ERROR");

        Assert.NotEmpty(reply.Fields);
        (await org.Staff.Post("/contacts/bulk", body)).Expect(403);
    }

    private static Dictionary<Guid, string> Outcomes(System.Text.Json.JsonElement reply) =>
        reply.GetProperty("results").EnumerateArray()
            .ToDictionary(result => result.GetProperty("id").GetGuid(), result => result.GetProperty("outcome").GetString()!);

    private static int Number(System.Text.Json.JsonElement reply, string name) => reply.GetProperty(name).GetInt32();

    [Fact]
    public async Task The_filters_owner_finds_that_owners_contacts_and_an_id_merged_away_the_one_that_stays()
    {
        var org = await services.App.NewOrganization();
        var (own, stays, gone) = (await org.AddContact(org.Staff), await org.AddContact(org.OtherStaff), await org.AddContact(org.OtherStaff));
        (await org.Owner.Post("/contacts/merge", new { primaryId = stays, duplicateIds = new[] { gone } })).Expect(200);

        var byOwner = (await org.Owner.Post(
            "/contacts/bulk", new { filter = new { ownerId = org.Staff.Id }, action = "tag", values = new { tags = new[] { "vip" } } })).Expect(200).Data;
        var byId = (await org.Owner.Post(
            "/contacts/bulk",
            new { ids = new[] { gone, stays, own, Guid.NewGuid() }, action = "tag", values = new { tags = new[] { "vip" } } })).Expect(200).Data;

        Assert.Equal((1, own), (byOwner.GetProperty("changed").GetInt32(), byOwner.GetProperty("results")[0].GetProperty("id").GetGuid()));
        Assert.Equal(
            (2, 1, 1, 1),
            (Number(byId, "matched"), Number(byId, "changed"), Number(byId, "unchanged"), Number(byId, "notFound")));
    }
}
