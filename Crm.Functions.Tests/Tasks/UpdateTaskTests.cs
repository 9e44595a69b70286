using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Tasks;

public sealed class UpdateTaskTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task Absent_fields_stay_null_clears_and_the_timeline_shows_both_values()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddContact(org.Staff);
        var task = await org.Staff.AddTask(new { title = "Call", description = "chairs", contactId = contact, dueDate = "2030-01-01T10:00:00Z" });

        var changed = (await org.Staff.Patch(
            $"/tasks/{task.Id()}",
            new { title = "Call Ann", description = (string?)null, dueDate = "2030-01-02T10:00:00Z", priority = "High", unknown = 1 })).Expect(200);

        Assert.Equal("\"2\"", changed.Headers["ETag"]);
        Assert.Equal(("Call Ann", null, "high"), (changed.Data.Text("title"), changed.Data.Text("description"), changed.Data.Text("priority")));
        Assert.Equal(contact, changed.Data.GetProperty("contactId").GetGuid());
        var entry = (await org.Staff.TaskEntries(contact))[^1];
        Assert.Equal("task_updated", entry.Text("action"));
        Assert.Equal(
            ["title Call Call Ann", "description chairs ", "priority medium high", "dueDate 2030-01-01T10:00:00.000Z 2030-01-02T10:00:00.000Z"],
            entry.GetProperty("changes").EnumerateArray().Select(change => $"{change.Text("field")} {change.GetProperty("old")} {change.GetProperty("new")}"));
    }

    [Fact]
    public async Task A_request_that_changes_nothing_leaves_no_trace()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddContact(org.Staff);
        var task = await org.Staff.AddTask(new { title = "Call", contactId = contact });

        Assert.Equal(
            1, (await org.Staff.Patch($"/tasks/{task.Id()}", new { title = "Call", status = "pending" })).Expect(200).Data.GetProperty("version").GetInt32());
        Assert.Equal(["task_created"], await org.Staff.TaskActions(contact));
        (await org.Staff.Patch($"/tasks/{task.Id()}", new { })).Expect(400, "VALIDATION_ERROR");
        foreach (var required in new[] { "title", "status", "priority", "assigneeId" })
            Assert.Equal(
                [required],
                (await org.Staff.Patch($"/tasks/{task.Id()}", new Dictionary<string, object?> { [required] = null })).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task A_change_to_another_version_than_expected_is_refused()
    {
        var org = await _app.NewOrganization();
        var id = await org.Owner.AddTask("Call");

        (await org.Owner.Patch($"/tasks/{id}", new { title = "B" }, ("If-Match", "\"1\""))).Expect(200);
        var refused = (await org.Owner.Patch($"/tasks/{id}", new { title = "C" }, ("If-Match", "\"1\""))).Expect(409, "VERSION_CONFLICT");
        Assert.Equal(2, refused.Json.GetProperty("error").GetProperty("currentVersion").GetInt32());
        (await org.Owner.Get($"/tasks/{id}", ("If-None-Match", "\"2\""))).Expect(304);
    }

    [Fact]
    public async Task A_reminder_must_not_be_after_the_due_date_whichever_of_them_changes()
    {
        var org = await _app.NewOrganization();
        var id = (await org.Owner.AddTask(new { title = "x", dueDate = "2030-01-10T10:00:00Z", reminderAt = "2030-01-09T10:00:00Z" })).Id();

        Assert.Equal(["reminderAt"], (await org.Owner.Patch($"/tasks/{id}", new { dueDate = "2030-01-08T10:00:00Z" })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(
            ["reminderAt"], (await org.Owner.Patch($"/tasks/{id}", new { reminderAt = "2030-01-11T10:00:00Z" })).Expect(400, "VALIDATION_ERROR").Fields);
        (await org.Owner.Patch($"/tasks/{id}", new { dueDate = (string?)null })).Expect(200);
    }

    [Fact]
    public async Task Staff_change_their_own_tasks_and_do_not_hand_them_over()
    {
        var org = await _app.NewOrganization();
        var other = await _app.NewOrganization();
        var own = await org.Staff.AddTask("Own");
        var colleagues = await org.OtherStaff.AddTask("Other's");
        var contact = await org.AddContact(org.OtherStaff);

        (await org.Staff.Patch($"/tasks/{own}", new { assigneeId = org.OtherStaff.Id })).Expect(403, "FORBIDDEN");
        (await org.Staff.Patch($"/tasks/{own}", new { contactId = contact })).Expect(403, "FORBIDDEN");
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete, HttpMethod.Patch })
        {
            var body = method == HttpMethod.Patch ? new { title = "x" } : null;
            (await org.Staff.Send(method, $"/tasks/{colleagues}", body)).Expect(403, "FORBIDDEN");
            (await other.Owner.Send(method, $"/tasks/{own}", body)).Expect(404, "TASK_NOT_FOUND");
            (await org.Owner.Send(method, $"/tasks/{Guid.NewGuid()}", body)).Expect(404, "TASK_NOT_FOUND");
        }

        (await org.Staff.Post($"/tasks/{colleagues}/complete")).Expect(403, "FORBIDDEN");
        (await other.Owner.Post($"/tasks/{own}/reopen")).Expect(404, "TASK_NOT_FOUND");
        (await org.Manager.Patch($"/tasks/{colleagues}", new { title = "Mended" })).Expect(200);
    }

    [Fact]
    public async Task A_new_assignee_sees_the_task_and_is_told()
    {
        var org = await _app.NewOrganization();
        var id = await org.Staff.AddTask("Send the offer");

        (await org.Manager.Patch($"/tasks/{id}", new { assigneeId = org.OtherStaff.Id })).Expect(200);

        (await org.OtherStaff.Get($"/tasks/{id}")).Expect(200);
        (await org.Staff.Get($"/tasks/{id}")).Expect(403, "FORBIDDEN");
        Assert.Equal("Manager Tester assigned you a task: Send the offer", (await _app.Mails(org.OtherStaff.Email))[0].Subject);
        (await org.Manager.Patch($"/tasks/{id}", new { assigneeId = Guid.NewGuid() })).Expect(404, "USER_NOT_FOUND");
    }

    [Fact]
    public async Task A_deals_task_is_for_the_deals_contact()
    {
        var org = await _app.NewOrganization();
        var pipeline = await org.AddPipeline();
        var (ann, bob) = (await org.AddContact(org.Owner, "Ann"), await org.AddContact(org.Owner, "Bob"));
        var deal = await org.AddDeal(org.Owner, ann, pipeline);
        var id = (await org.Owner.AddTask(new { title = "x", contactId = bob })).Id();

        Assert.Equal(ann, (await org.Owner.Patch($"/tasks/{id}", new { dealId = deal })).Expect(200).Data.GetProperty("contactId").GetGuid());
        Assert.Equal(["contactId"], (await org.Owner.Patch($"/tasks/{id}", new { contactId = bob })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(ann, (await org.Owner.Patch($"/tasks/{id}", new { dealId = (Guid?)null })).Expect(200).Data.GetProperty("contactId").GetGuid());
        Assert.Equal(bob, (await org.Owner.Patch($"/tasks/{id}", new { contactId = bob })).Expect(200).Data.GetProperty("contactId").GetGuid());
        Assert.Equal(
            JsonValueKind.Null, (await org.Owner.Patch($"/tasks/{id}", new { contactId = (Guid?)null })).Expect(200).Data.GetProperty("contactId").ValueKind);
        (await org.Owner.Patch($"/tasks/{id}", new { dealId = Guid.NewGuid() })).Expect(404, "DEAL_NOT_FOUND");
        (await org.Owner.Patch($"/tasks/{id}", new { contactId = Guid.NewGuid() })).Expect(404, "CONTACT_NOT_FOUND");
        // Each contact the task came to or left has an entry of it.
        Assert.Equal(["task_created", "task_updated", "task_updated", "task_updated"], await org.Owner.TaskActions(bob));
        Assert.Equal(["task_updated", "task_updated", "task_updated"], await org.Owner.TaskActions(ann));
    }

    [Fact]
    public async Task A_deleted_task_is_gone()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddContact(org.Staff);
        var id = (await org.Staff.AddTask(new { title = "x", contactId = contact })).Id();

        Assert.Equal(id, (await org.Staff.Delete($"/tasks/{id}")).Expect(200).Data.Id());

        (await org.Staff.Delete($"/tasks/{id}")).Expect(404, "TASK_NOT_FOUND");
        (await org.Staff.Get($"/tasks/{id}")).Expect(404, "TASK_NOT_FOUND");
        (await org.Staff.Patch($"/tasks/{id}", new { title = "y" })).Expect(404, "TASK_NOT_FOUND");
        (await org.Staff.Post($"/tasks/{id}/complete")).Expect(404, "TASK_NOT_FOUND");
        Assert.Equal(0, (await org.Owner.Get("/tasks")).Data.GetProperty("tasks").GetArrayLength());
        Assert.Equal(["task_created", "task_deleted"], await org.Staff.TaskActions(contact));
    }
}
