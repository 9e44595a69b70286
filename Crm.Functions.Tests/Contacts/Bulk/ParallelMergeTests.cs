using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts.Bulk;

/// <summary>Merges at the same moment as others, and as whatever else touches the same contacts.</summary>
public sealed class ParallelMergeTests(OwnApp own) : IClassFixture<OwnApp>
{
    private static Task<TestReply> Merge(TestOrganization org, Guid into, params Guid[] gone) =>
        org.Owner.Post("/contacts/merge", new { primaryId = into, duplicateIds = gone });

    /// <summary>What must hold whatever was merged: an id leads to a contact that was not merged away itself, and nothing hangs on one that was.</summary>
    private static async Task Consistent(TestOrganization org)
    {
        const string Sql = """
            select (select count(*) from contacts c join contacts s on s.organization_id = c.organization_id and s.id = c.merged_into
                    where c.organization_id = $1 and s.merged_into is not null)
                 + (select count(*) from deals d join contacts c on c.organization_id = d.organization_id and c.id = d.contact_id
                    where d.organization_id = $1 and c.merged_into is not null)
                 + (select count(*) from tasks d join contacts c on c.organization_id = d.organization_id and c.id = d.contact_id
                    where d.organization_id = $1 and c.merged_into is not null)
                 + (select count(*) from timeline_entries d join contacts c on c.organization_id = d.organization_id and c.id = d.contact_id
                    where d.organization_id = $1 and c.merged_into is not null)
                 + (select count(*) from contacts c
                    where c.organization_id = $1 and c.merged_into is not null and (c.deleted_at is null or c.email_key is not null))
            """;
        Assert.Equal(0, await org.App.Scalar<long>(Sql, org.Id));
    }

    private async Task<long> Deadlocks()
    {
        await own.App.Scalar<bool>("select pg_stat_force_next_flush() is null");
        return await own.App.Scalar<long>("select deadlocks from pg_stat_database where datname = current_database()");
    }

    [Fact]
    public async Task Merges_in_a_circle_end_in_one_contact()
    {
        var org = await own.App.NewOrganization();
        var before = await Deadlocks();
        for (var round = 0; round < 10; round++)
        {
            var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => org.AddContact(org.Owner)));
            foreach (var id in ids)
                (await org.Owner.Post("/deals", new { title = "Desks", contactId = id })).Expect(201);
            var replies = await Task.WhenAll(ids.Select((id, index) => Merge(org, id, ids[(index + 1) % ids.Length], ids[(index + 2) % ids.Length])));
            Assert.All(replies, reply => reply.Expect(200));
            await Consistent(org);
            Assert.Equal(
                1,
                await org.App.Scalar<long>("select count(*) from contacts where organization_id = $1 and id = any($2) and merged_into is null", org.Id, ids));
            var stays = (await Task.WhenAll(ids.Select(id => org.Owner.Get($"/contacts/{id}")))).Select(reply => reply.Expect(200).Data.Id("id")).Distinct();
            Assert.Single(stays);
        }

        Assert.Equal(before, await Deadlocks());
    }

    [Fact]
    public async Task A_bulk_change_finds_the_contact_that_one_was_merged_into_while_it_waited()
    {
        var org = await own.App.NewOrganization();
        var ct = TestContext.Current.CancellationToken;
        Guid[] pair = [.. (await Task.WhenAll(org.AddContact(org.Owner), org.AddContact(org.Owner))).Order()];
        var (gone, stays) = (pair[0], pair[1]);
        // The merge holds the first and waits for the second; the change waits for the first.
        await using var connection = await own.App.OpenConnection();
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = "select id from contacts where organization_id = $1 and id = $2 for update";
        command.Parameters.AddWithValue(org.Id);
        command.Parameters.AddWithValue(stays);
        await command.ExecuteNonQueryAsync(ct);
        var merge = Merge(org, stays, gone);
        await Waiting(1);
        var change = org.Owner.Post("/contacts/bulk", new { ids = new[] { gone }, action = "tag", values = new { tags = new[] { "x" } } });
        await Waiting(2);
        await transaction.CommitAsync(ct);

        (await merge).Expect(200);
        var result = (await change).Expect(200).Data;
        Assert.Equal((1, stays), (result.GetProperty("changed").GetInt32(), result.GetProperty("results")[0].Id("id")));
    }

    private async Task Waiting(int count)
    {
        while (await own.App.Scalar<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") < count)
            await Task.Delay(20);
    }

    [Fact]
    public async Task Work_that_comes_while_its_contact_is_merged_away_lands_with_the_one_that_stays()
    {
        var org = await own.App.NewOrganization();
        for (var round = 0; round < 10; round++)
        {
            var (stays, gone) = (await org.AddContact(org.Owner), await org.AddContact(org.Owner));
            var deal = (await org.Owner.Post("/deals", new { title = "Desks", contactId = gone })).Expect(201).Data.Id("id");
            var task = (await org.Owner.Post("/tasks", new { title = "Call", dealId = deal })).Expect(201).Data.Id("id");
            var replies = await Task.WhenAll(
                Merge(org, stays, gone),
                org.Owner.Post("/deals", new { title = "Chairs", contactId = gone }),
                org.Owner.Post("/tasks", new { title = "Write", contactId = gone }),
                org.Owner.Post($"/contacts/{gone}/timeline", new { type = "note", description = "x" }),
                org.Owner.Patch($"/contacts/{gone}?cascade=true", new { ownerId = org.Manager.Id }),
                org.Owner.Patch($"/deals/{deal}", new { title = "More desks", ownerId = org.Staff.Id }),
                org.Owner.Patch($"/tasks/{task}", new { title = "Call back", contactId = gone }),
                org.Owner.Post("/contacts/bulk", new { ids = new[] { gone, stays }, action = "tag", values = new { tags = new[] { "x" } } }),
                org.Owner.Delete($"/contacts/{gone}"));
            Assert.All(
                replies, reply => Assert.True(reply.Status is 200 or 201 || reply.Code == "CONTACT_INACTIVE", $"{reply.Request} {reply.Status} {reply.Body}"));
            await Consistent(org);
        }
    }

    [Fact]
    public async Task An_import_that_updates_contacts_while_they_are_merged_and_its_undo_leave_them_whole()
    {
        var org = await own.App.NewOrganization();
        for (var round = 0; round < 3; round++)
        {
            var mails = Enumerable.Range(0, 20).Select(number => $"r{round}n{number}-{Guid.NewGuid():N}@example.test").ToArray();
            var ids = await Task.WhenAll(mails.Select(mail => org.AddContact(org.Owner, mail, mail)));
            var file = "email,company\n" + string.Join('\n', mails.Select(mail => $"{mail},Northwind")) + "\nnew-" + mails[0] + ",Contoso\n";
            var import = (await Importing.Upload(org.Owner, file)).Expect(202).Data;
            var merges = await Task.WhenAll(Enumerable.Range(0, 10).Select(index => Merge(org, ids[2 * index], ids[2 * index + 1])));
            Assert.All(merges, reply => reply.Expect(200));
            var done = (await Importing.Follow(org.Owner, import)).GetProperty("import");
            Assert.Equal(0, Importing.Number(done, "failed"));
            await Consistent(org);
            var fresh = await org.App.Scalar<Guid>("select id from contacts where organization_id = $1 and email = $2", org.Id, "new-" + mails[0]);
            (await Merge(org, ids[0], fresh)).Expect(200);

            var undo = await Task.WhenAll(org.Owner.Post($"/contacts/import/{import.Id("id")}/undo"), Merge(org, ids[2], ids[4], ids[6]));
            Assert.Equal([202, 200], undo.Select(reply => reply.Status));
            await Importing.Follow(org.Owner, import, "undone");
            await Consistent(org);
            Assert.Equal(ids[0], (await org.Owner.Get($"/contacts/{fresh}")).Expect(200).Data.Id("id"));
        }
    }
}
