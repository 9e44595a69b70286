using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Tasks;

public sealed class ListTasksTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task The_next_due_comes_first_and_what_has_no_due_date_last()
    {
        var org = await _app.NewOrganization();
        await org.Owner.AddTask("None 1");
        await org.Owner.AddTask("Second", _app.Clock.GetUtcNow().AddDays(2));
        await org.Owner.AddTask("None 2");
        await org.Owner.AddTask("First", _app.Clock.GetUtcNow().AddDays(1));

        var list = await List(org.Owner, "");

        Assert.Equal(["First", "Second", "None 1", "None 2"], list.Titles);
        Assert.Equal((1, 25, 4, 1, false, false), (list.Page.GetProperty("page").GetInt32(), list.Page.GetProperty("pageSize").GetInt32(), list.Total,
            list.Page.GetProperty("totalPages").GetInt32(), list.Page.GetProperty("hasNext").GetBoolean(), list.Page.GetProperty("hasPrev").GetBoolean()));
    }

    [Fact]
    public async Task Each_sort_has_its_order()
    {
        var org = await _app.NewOrganization();
        await org.Owner.AddTask(new { title = "b", priority = "low", dueDate = "2030-01-02" });
        await org.Owner.AddTask(new { title = "A", priority = "urgent" });
        await org.Owner.AddTask(new { title = "c", priority = "medium", dueDate = "2030-01-01" });
        var high = (await org.Owner.AddTask(new { title = "D", priority = "high" })).Id();
        await org.Owner.AddTask(new { title = "e", priority = "urgent", dueDate = "2030-01-03" });
        await org.Owner.Patch($"/tasks/{high}", new { description = "touched" });

        Assert.Equal(["c", "b", "e", "A", "D"], (await List(org.Owner, "sortBy=dueDate")).Titles);
        Assert.Equal(["D", "A", "e", "b", "c"], (await List(org.Owner, "sortBy=dueDate&sortOrder=desc")).Titles);
        Assert.Equal(["e", "D", "c", "A", "b"], (await List(org.Owner, "sortBy=createdAt")).Titles);
        Assert.Equal(["b", "A", "c", "D", "e"], (await List(org.Owner, "sortBy=createdAt&sortOrder=asc")).Titles);
        Assert.Equal(["D", "e", "c", "A", "b"], (await List(org.Owner, "sortBy=updatedAt")).Titles);
        Assert.Equal(["e", "A", "D", "c", "b"], (await List(org.Owner, "sortBy=priority")).Titles);
        Assert.Equal(["b", "c", "D", "A", "e"], (await List(org.Owner, "sortBy=priority&sortOrder=asc")).Titles);
        Assert.Equal(["A", "b", "c", "D", "e"], (await List(org.Owner, "sortBy=title")).Titles);
        Assert.Equal(["e", "D", "c", "b", "A"], (await List(org.Owner, "sortBy=title&sortOrder=desc")).Titles);
        Assert.Equal(["sortBy"], (await org.Owner.Get("/tasks?sortBy=assignee")).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Pages_and_cursors_show_each_task_once()
    {
        var org = await _app.NewOrganization();
        for (var day = 1; day <= 7; day++)
            await org.Owner.AddTask(new { title = $"{day}", dueDate = day > 4 ? null : $"2030-01-0{day}" });

        Assert.Equal(["1", "2", "3"], (await List(org.Owner, "pageSize=3")).Titles);
        Assert.Equal(["4", "5", "6"], (await List(org.Owner, "pageSize=3&page=2")).Titles);
        Assert.Equal(["7"], (await List(org.Owner, "limit=3&page=3")).Titles);
        Assert.Empty((await List(org.Owner, "pageSize=3&page=4")).Titles);

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await List(org.Owner, $"pageSize=3{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(page.Titles);
            cursor = page.Page.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);
        Assert.Equal(["1", "2", "3", "4", "5", "6", "7"], seen);
    }

    [Fact]
    public async Task Filters_say_what_they_keep()
    {
        var org = await _app.NewOrganization("Europe/Berlin");
        var pipeline = await org.AddPipeline();
        var contact = await org.AddContact(org.Owner);
        var deal = await org.AddDeal(org.Owner, contact, pipeline);
        await org.Owner.AddTask(new { title = "Late", dueDate = "2020-01-01", priority = "high" });
        await org.Owner.AddTask(new { title = "Chairs 100%", description = "for Ann", dueDate = "2030-01-31", status = "in_progress", contactId = contact });
        await org.Owner.AddTask(new { title = "Offer", dueDate = "2030-02-01", dealId = deal, assigneeId = org.Staff.Id, priority = "urgent" });
        var done = (await org.Owner.AddTask(new { title = "Done", dueDate = "2020-01-02" })).Id();
        await org.Owner.Post($"/tasks/{done}/complete");
        await org.Owner.AddTask("Undated");

        foreach (var (query, titles) in new (string, string[])[]
        {
            ("status=pending", ["Late", "Offer", "Undated"]),
            ("status=completed,IN_PROGRESS", ["Done", "Chairs 100%"]),
            ("status=pending&status=in_progress", ["Late", "Chairs 100%", "Offer", "Undated"]),
            ("priority=high,urgent", ["Late", "Offer"]),
            ("assigneeId=me", ["Late", "Done", "Chairs 100%", "Undated"]),
            ($"assigneeId={org.Staff.Id}", ["Offer"]),
            ($"contactId={contact}", ["Chairs 100%", "Offer"]),
            ($"dealId={deal}", ["Offer"]),
            ("dueFrom=2030-02-01", ["Offer"]),
            ("dueTo=2030-01-31", ["Late", "Done", "Chairs 100%"]),
            ("dueFrom=2020-01-02&dueTo=2030-01-31", ["Done", "Chairs 100%"]),
            ("dueTo=2030-01-31T12:00", ["Late", "Done"]),
            ("overdue=true", ["Late"]),
            ("overdue=false", ["Done", "Chairs 100%", "Offer", "Undated"]),
            ("search=chair", ["Chairs 100%"]),
            ("search=FOR%20ann", ["Chairs 100%"]),
            ("search=%25", ["Chairs 100%"]),
            ("search=_", []),
        })
        {
            var list = await List(org.Owner, query);
            Assert.True(titles.SequenceEqual(list.Titles), $"{query}: {string.Join(", ", list.Titles)}");
            Assert.Equal(titles.Length, list.Total);
        }

        foreach (var (query, field) in new[]
        {
            ("status=open", "status"), ("priority=huge", "priority"), ("assigneeId=bob", "assigneeId"), ("page=0", "page"), ("cursor=x", "cursor"),
        })
            Assert.Equal([field], (await org.Owner.Get($"/tasks?{query}")).Expect(400, "VALIDATION_ERROR").Fields);
        foreach (var query in new[] { "contactId=1", "dueFrom=soon", "overdue=maybe" })
            (await org.Owner.Get($"/tasks?{query}")).Expect(400, "VALIDATION_ERROR");
    }

    [Fact]
    public async Task Staff_see_the_tasks_assigned_to_them_and_nobody_sees_another_organisations()
    {
        var org = await _app.NewOrganization();
        var other = await _app.NewOrganization();
        await org.Staff.AddTask("Staff's");
        await org.OtherStaff.AddTask("Other staff's");
        await org.Manager.AddTask(new { title = "Given", assigneeId = org.Staff.Id });
        await other.Owner.AddTask("Elsewhere");

        Assert.Equal(["Staff's", "Given"], (await List(org.Staff, "")).Titles);
        Assert.Equal(["Staff's", "Given"], (await List(org.Staff, "assigneeId=me")).Titles);
        Assert.Equal(["Staff's", "Other staff's", "Given"], (await List(org.Manager, "")).Titles);
        (await org.Staff.Get($"/tasks?assigneeId={org.OtherStaff.Id}")).Expect(403, "FORBIDDEN");
        Assert.Empty((await List(org.Owner, $"assigneeId={other.Owner.Id}")).Titles);
        (await _app.Anonymous.Get("/tasks")).Expect(401, "UNAUTHORIZED");
    }

    private static async Task<PageOf> List(TestUser user, string query)
    {
        var data = (await user.Get($"/tasks?{query}")).Expect(200).Data;
        return new(data.GetProperty("tasks").Titles(), data.GetProperty("meta").GetProperty("pagination"));
    }

    private sealed record PageOf(string[] Titles, JsonElement Page)
    {
        public int Total => Page.GetProperty("total").GetInt32();
    }
}
