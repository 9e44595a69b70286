using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Tasks;

public sealed class ListRemindersTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task Open_tasks_are_overdue_due_today_or_upcoming()
    {
        var org = await _app.NewOrganization();
        var (now, tomorrow) = (_app.Clock.GetUtcNow(), _app.Clock.GetUtcNow().AddDays(1).UtcDate());
        await org.Owner.AddTask("Late", now.AddDays(-3));
        await org.Owner.AddTask("A moment ago", now.AddSeconds(-1));
        await org.Owner.AddTask("Today", tomorrow.AddTicks(-10));
        await org.Owner.AddTask("Tomorrow", tomorrow);
        await org.Owner.AddTask("In a week", tomorrow.AddDays(7).AddTicks(-10));
        await org.Owner.AddTask("Later", tomorrow.AddDays(7));
        await org.Owner.AddTask("Undated");
        foreach (var status in new[] { "completed", "cancelled" })
            await org.Owner.Patch($"/tasks/{await org.Owner.AddTask(status, now.AddDays(-1))}", new { status });
        await org.Owner.Delete($"/tasks/{await org.Owner.AddTask("Deleted", now.AddDays(-1))}");

        foreach (var path in new[] { "/tasks/reminders", "/reminders", "/api/reminders?assigneeId=me" })
        {
            var data = (await org.Owner.Get(path)).Expect(200).Data;
            Assert.Equal(["Late", "A moment ago"], data.GetProperty("overdue").Titles());
            Assert.Equal(["Today"], data.GetProperty("dueToday").Titles());
            Assert.Equal(["Tomorrow", "In a week"], data.GetProperty("upcoming").Titles());
            Assert.Equal((2, 1, 2, 5), Counts(data));
            Assert.True(data.GetProperty("overdue")[0].GetProperty("isOverdue").GetBoolean());
        }

        Assert.Equal(["Tomorrow", "In a week", "Later"], (await org.Owner.Get("/reminders?days=8")).Data.GetProperty("upcoming").Titles());
        Assert.Equal(["Tomorrow"], (await org.Owner.Get("/reminders?days=1")).Data.GetProperty("upcoming").Titles());
        var only = (await org.Owner.Get("/reminders?type=Today")).Expect(200).Data;
        Assert.Equal(
            (0, 1, 0),
            (only.GetProperty("overdue").GetArrayLength(), only.GetProperty("dueToday").GetArrayLength(), only.GetProperty("upcoming").GetArrayLength()));
        Assert.Equal((2, 1, 2, 5), Counts(only));
        foreach (var (query, field) in new[] { ("days=0", "days"), ("days=31", "days"), ("type=late", "type"), ("assigneeId=bob", "assigneeId") })
            Assert.Equal([field], (await org.Owner.Get($"/reminders?{query}")).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Staff_see_their_own_and_managers_anybodys()
    {
        var org = await _app.NewOrganization();
        var other = await _app.NewOrganization();
        await org.Staff.AddTask("Staff's", _app.Clock.GetUtcNow().AddDays(-1));
        await org.Manager.AddTask("Manager's", _app.Clock.GetUtcNow().AddDays(-2));
        await other.Owner.AddTask("Elsewhere", _app.Clock.GetUtcNow().AddDays(-1));

        Assert.Equal(["Staff's"], await Overdue(org.Staff, ""));
        Assert.Equal(["Staff's"], await Overdue(org.Staff, $"?assigneeId={org.Staff.Id}"));
        Assert.Equal(["Manager's"], await Overdue(org.Manager, ""));
        Assert.Equal(["Staff's"], await Overdue(org.Manager, $"?assigneeId={org.Staff.Id}"));
        Assert.Equal(["Manager's", "Staff's"], await Overdue(org.Owner, "?assigneeId=all"));
        Assert.Empty(await Overdue(org.Owner, ""));
        foreach (var id in new[] { org.Manager.Id.ToString(), Guid.NewGuid().ToString(), "all" })
            (await org.Staff.Get($"/reminders?assigneeId={id}")).Expect(403, "FORBIDDEN");
        foreach (var id in new[] { other.Owner.Id, Guid.NewGuid() })
            (await org.Owner.Get($"/reminders?assigneeId={id}")).Expect(404, "USER_NOT_FOUND");
    }

    [Fact]
    public async Task Each_list_holds_a_hundred_and_the_counts_all()
    {
        var org = await _app.NewOrganization();
        await _app.Sql(
            """
            insert into tasks (organization_id, id, title, due_at, assignee_id, created_by, created_at, updated_at)
            select $1, gen_random_uuid(), 'Task ' || n, $3 - n * interval '1 minute', $2, $2, $3, $3 from generate_series(1, 150) n
            """,
            org.Id, org.Staff.Id, _app.Clock.GetUtcNow());

        var data = (await org.Staff.Get("/reminders")).Expect(200).Data;

        Assert.Equal(100, data.GetProperty("overdue").GetArrayLength());
        Assert.Equal("Task 150", data.GetProperty("overdue")[0].Text("title"));
        Assert.Equal((150, 0, 0, 150), Counts(data));
    }

    [Fact]
    public async Task The_browser_keeps_the_answer_for_half_a_minute_and_then_asks_whether_it_changed()
    {
        var org = await _app.NewOrganization();
        await org.Owner.AddTask("Late", _app.Clock.GetUtcNow().AddDays(-1));

        var first = (await org.Owner.Get("/reminders")).Expect(200);

        Assert.Equal("max-age=30, private", first.Headers["Cache-Control"]);
        Assert.Equal("Authorization", first.Headers["Vary"]);
        Assert.Equal("", (await org.Owner.Get("/reminders", ("If-None-Match", first.Headers["ETag"]))).Expect(304).Body);
        (await org.Staff.Get("/reminders", ("If-None-Match", first.Headers["ETag"]))).Expect(200);
        await org.Owner.AddTask("Later", _app.Clock.GetUtcNow().AddDays(1));
        (await org.Owner.Get("/reminders", ("If-None-Match", $"\"other\", {first.Headers["ETag"]}"))).Expect(200);
    }

    private static async Task<string[]> Overdue(TestUser user, string query) =>
        (await user.Get($"/reminders{query}")).Expect(200).Data.GetProperty("overdue").Titles();

    private static (int, int, int, int) Counts(JsonElement data)
    {
        var counts = data.GetProperty("counts");
        int Count(string name) => counts.GetProperty(name).GetInt32();
        return (Count("overdue"), Count("dueToday"), Count("upcoming"), Count("total"));
    }
}
