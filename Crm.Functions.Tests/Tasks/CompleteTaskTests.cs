using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Tasks;

public sealed class CompleteTaskTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    public static TheoryData<string> Ways => ["status", "completed", "complete"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_task_is_completed_once_and_its_contact_has_one_entry_of_it(string way)
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddContact(org.Staff);
        var id = (await org.Staff.AddTask(new { title = "Call Ann", contactId = contact, dueDate = "2020-01-01" })).Id();
        Assert.True((await org.Staff.Get($"/tasks/{id}")).Data.GetProperty("isOverdue").GetBoolean());

        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Complete(org.Staff, id, way)));

        Assert.All(replies, reply => reply.Expect(200));
        var task = replies[0].Data;
        Assert.Equal("completed", task.Text("status"));
        Assert.Equal(org.Staff.Id, task.GetProperty("completedBy").GetGuid());
        Assert.False(task.GetProperty("isOverdue").GetBoolean());
        Assert.Single(replies.Select(reply => reply.Data.Text("completedAt")).Distinct());
        Assert.Equal(["task_created", "task_completed"], await org.Staff.TaskActions(contact));
    }

    [Fact]
    public async Task A_reopened_task_is_pending_again_and_may_be_completed_again()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddContact(org.Staff);
        var id = (await org.Staff.AddTask(new { title = "Call Ann", contactId = contact })).Id();
        (await org.Staff.Post($"/tasks/{id}/complete")).Expect(200);

        var reopened = (await org.Staff.Post($"/tasks/{id}/reopen")).Expect(200).Data;

        Assert.Equal("pending", reopened.Text("status"));
        Assert.Equal(JsonValueKind.Null, reopened.GetProperty("completedAt").ValueKind);
        Assert.Equal(JsonValueKind.Null, reopened.GetProperty("completedBy").ValueKind);
        (await org.Staff.Post($"/tasks/{id}/reopen")).Expect(200);
        (await org.Staff.Patch($"/tasks/{id}", new { status = "completed" })).Expect(200);
        (await org.Staff.Patch($"/tasks/{id}", new { completed = false })).Expect(200);
        Assert.Equal(["task_created", "task_completed", "task_reopened", "task_completed", "task_reopened"], await org.Staff.TaskActions(contact));
    }

    [Fact]
    public async Task Completing_and_changing_at_once_leaves_an_entry_of_each()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddContact(org.Staff);
        var id = (await org.Staff.AddTask(new { title = "Call", contactId = contact })).Id();

        (await org.Staff.Patch($"/tasks/{id}", new { status = "completed", title = "Called" })).Expect(200);

        var entries = await org.Staff.TaskEntries(contact);
        Assert.Equal(["task_completed", "task_created", "task_updated"], entries.Select(entry => entry.Text("action")).Order(StringComparer.Ordinal));
        var update = Assert.Single(entries, entry => entry.Text("action") == "task_updated");
        Assert.Equal(["title"], update.GetProperty("changes").EnumerateArray().Select(change => change.Text("field")));
    }

    [Fact]
    public async Task A_task_under_way_or_cancelled_shows_as_an_update()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddContact(org.Staff);
        var id = (await org.Staff.AddTask(new { title = "Call", contactId = contact })).Id();

        (await org.Staff.Patch($"/tasks/{id}", new { status = "in_progress" })).Expect(200);
        (await org.Staff.Patch($"/tasks/{id}", new { status = "cancelled" })).Expect(200);
        (await org.Staff.Post($"/tasks/{id}/reopen")).Expect(200);

        Assert.Equal(["task_created", "task_updated", "task_updated", "task_reopened"], await org.Staff.TaskActions(contact));
        Assert.Equal(
            ["completed"], (await org.Staff.Patch($"/tasks/{id}", new { status = "pending", completed = true })).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Without_a_contact_only_the_audit_knows()
    {
        var org = await _app.NewOrganization();
        var id = await org.Staff.AddTask("Tidy up");

        (await org.Staff.Post($"/tasks/{id}/complete")).Expect(200);

        Assert.Equal(0, await _app.Scalar<long>("select count(*) from timeline_entries where organization_id = $1", org.Id));
        Assert.Equal(
            "task.created task.completed",
            await _app.Scalar<string>("select string_agg(action, ' ' order by created_at) from audit_events where organization_id = $1", org.Id));
    }

    private static Task<TestReply> Complete(TestUser user, Guid id, string way) => way switch
    {
        "status" => user.Patch($"/tasks/{id}", new { status = "completed" }),
        "completed" => user.Patch($"/tasks/{id}", new { completed = true }),
        _ => user.Post($"/tasks/{id}/complete"),
    };
}
