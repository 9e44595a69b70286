using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Tasks;

public sealed class CreateTaskTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task A_new_task_belongs_to_its_creator_and_is_pending_and_of_medium_priority()
    {
        var org = await _app.NewOrganization();

        var task = await org.Staff.AddTask(new { title = " Call Ann\n", description = " about chairs " });

        Assert.Equal("Call Ann", task.Text("title"));
        Assert.Equal("about chairs", task.Text("description"));
        Assert.Equal("pending", task.Text("status"));
        Assert.Equal("medium", task.Text("priority"));
        Assert.Equal(org.Staff.Id, task.GetProperty("assigneeId").GetGuid());
        Assert.Equal("Staff", task.GetProperty("assignee").Text("firstName"));
        Assert.Equal(org.Staff.Id, task.GetProperty("createdBy").GetGuid());
        Assert.False(task.GetProperty("isOverdue").GetBoolean());
        Assert.Equal(1, task.GetProperty("version").GetInt32());
        foreach (var empty in new[] { "dueDate", "reminderAt", "contactId", "contact", "dealId", "deal", "completedAt", "completedBy" })
            Assert.Equal(JsonValueKind.Null, task.GetProperty(empty).ValueKind);
    }

    [Fact]
    public async Task A_bare_due_date_lasts_until_the_end_of_that_day_in_the_organisations_zone()
    {
        var org = await _app.NewOrganization("America/New_York");

        Assert.Equal("2030-07-02T03:59:59.999Z", (await org.Owner.AddTask(new { title = "Summer", dueDate = "2030-07-01" })).Text("dueDate"));
        Assert.Equal("2030-01-02T04:59:59.999Z", (await org.Owner.AddTask(new { title = "Winter", dueDate = "2030-01-01" })).Text("dueDate"));
        Assert.Equal("2030-01-01T14:30:00.000Z", (await org.Owner.AddTask(new { title = "Local", dueDate = "2030-01-01T09:30" })).Text("dueDate"));
        Assert.Equal("2030-01-01T08:30:00.000Z", (await org.Owner.AddTask(new { title = "Offset", dueDate = "2030-01-01T09:30:00+01:00" })).Text("dueDate"));
    }

    [Fact]
    public async Task A_reminder_after_the_due_date_is_refused_and_one_on_the_same_day_is_not()
    {
        var org = await _app.NewOrganization();

        var refused = (await org.Owner.Post("/tasks", new { title = "x", dueDate = "2030-01-01T10:00:00Z", reminderAt = "2030-01-01T10:00:01Z" }))
            .Expect(400, "VALIDATION_ERROR");
        Assert.Equal(["reminderAt"], refused.Fields);
        Assert.Equal(
            "2030-01-01T00:00:00.000Z", (await org.Owner.AddTask(new { title = "x", dueDate = "2030-01-01", reminderAt = "2030-01-01" })).Text("reminderAt"));
        (await org.Owner.Post("/tasks", new { title = "x", reminderAt = "2030-01-01" })).Expect(201);
    }

    [Fact]
    public async Task Fields_out_of_shape_are_named()
    {
        var org = await _app.NewOrganization();

        Assert.Equal(["title"], (await org.Owner.Post("/tasks", new { })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["title"], (await org.Owner.Post("/tasks", new { title = "  " })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["title"], (await org.Owner.Post("/tasks", new { title = new string('x', 201) })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(
            ["description"], (await org.Owner.Post("/tasks", new { title = "x", description = new string('x', 5001) })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["priority"], (await org.Owner.Post("/tasks", new { title = "x", priority = "huge" })).Expect(400, "VALIDATION_ERROR").Fields);
        foreach (var date in new[] { "soon", "2030-02-30", "0001-01-01", "9999-12-31" })
            (await org.Owner.Post("/tasks", new { title = "x", dueDate = date })).Expect(400, "VALIDATION_ERROR");
        Assert.Equal("urgent", (await org.Owner.AddTask(new { title = "x", priority = "URGENT" })).Text("priority"));
    }

    [Fact]
    public async Task A_task_for_a_contact_shows_on_its_timeline_and_as_its_last_activity()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddContact(org.Staff, "Ann Smith");

        var task = await org.Staff.AddTask(new { title = "Call Ann", contactId = contact });

        Assert.Equal("Ann Smith", task.GetProperty("contact").Text("name"));
        var entry = Assert.Single(await org.Staff.TaskEntries(contact));
        Assert.Equal("task_created", entry.Text("action"));
        Assert.Equal("Call Ann", entry.Text("description"));
        Assert.Equal("task", entry.Text("entityType"));
        Assert.Equal(task.Id(), entry.GetProperty("entityId").GetGuid());
        Assert.Equal(org.Staff.Id, entry.GetProperty("actor").Id());
        Assert.NotNull((await org.Staff.Get($"/contacts/{contact}")).Data.Text("lastActivityAt"));
    }

    [Fact]
    public async Task A_deal_brings_its_contact_along()
    {
        var org = await _app.NewOrganization();
        var pipeline = await org.AddPipeline();
        var contact = await org.AddContact(org.Manager, "Ann");
        var other = await org.AddContact(org.Manager, "Bob");
        var deal = await org.AddDeal(org.Staff, contact, pipeline);

        // The staff member owns the deal but not the contact: the deal is enough.
        var task = await org.Staff.AddTask(new { title = "Offer", dealId = deal });

        Assert.Equal(contact, task.GetProperty("contactId").GetGuid());
        Assert.Equal("Forty chairs", task.GetProperty("deal").Text("title"));
        Assert.Equal(["task_created"], await org.Manager.TaskActions(contact));
        Assert.True(await _app.Scalar<bool>("select last_activity_at > created_at from deals where organization_id = $1 and id = $2", org.Id, deal));
        Assert.Equal(contact, (await org.Staff.AddTask(new { title = "Offer", dealId = deal, contactId = contact })).GetProperty("contactId").GetGuid());
        Assert.Equal(
            ["contactId"],
            (await org.Manager.Post("/tasks", new { title = "Offer", dealId = deal, contactId = other })).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Staff_name_their_own_contacts_deals_and_selves_only()
    {
        var org = await _app.NewOrganization();
        var pipeline = await org.AddPipeline();
        var contact = await org.AddContact(org.OtherStaff);
        var deal = await org.AddDeal(org.OtherStaff, contact, pipeline);

        (await org.Staff.Post("/tasks", new { title = "x", contactId = contact })).Expect(403, "FORBIDDEN");
        (await org.Staff.Post("/tasks", new { title = "x", dealId = deal })).Expect(403, "FORBIDDEN");
        (await org.Staff.Post("/tasks", new { title = "x", assigneeId = org.OtherStaff.Id })).Expect(403, "FORBIDDEN");
        (await org.Staff.Post("/tasks", new { title = "x", assigneeId = Guid.NewGuid() })).Expect(403, "FORBIDDEN");
        (await org.Staff.Post("/tasks", new { title = "x", assigneeId = org.Staff.Id })).Expect(201);
        (await org.Manager.Post("/tasks", new { title = "x", contactId = contact, dealId = deal, assigneeId = org.Staff.Id })).Expect(201);
    }

    [Fact]
    public async Task What_is_of_another_organisation_or_nowhere_is_not_found()
    {
        var org = await _app.NewOrganization();
        var other = await _app.NewOrganization();
        var contact = await other.AddContact(other.Owner);
        var deal = await other.AddDeal(other.Owner, contact, await other.AddPipeline());

        foreach (var id in new[] { contact, Guid.NewGuid() })
            (await org.Owner.Post("/tasks", new { title = "x", contactId = id })).Expect(404, "CONTACT_NOT_FOUND");
        foreach (var id in new[] { deal, Guid.NewGuid() })
            (await org.Owner.Post("/tasks", new { title = "x", dealId = id })).Expect(404, "DEAL_NOT_FOUND");
        foreach (var id in new[] { other.Staff.Id, Guid.NewGuid() })
            (await org.Owner.Post("/tasks", new { title = "x", assigneeId = id })).Expect(404, "USER_NOT_FOUND");
        await _app.Sql("update users set status = 'inactive' where id = $1", org.OtherStaff.Id);
        (await org.Owner.Post("/tasks", new { title = "x", assigneeId = org.OtherStaff.Id })).Expect(400, "USER_INACTIVE");
    }

    [Fact]
    public async Task An_assignee_is_told_by_mail_unless_they_do_not_want_to_be_or_assigned_it_themselves()
    {
        var org = await _app.NewOrganization("Europe/Berlin");
        await _app.Sql("""update users set preferences = '{"notifications":{"taskAssigned":false}}' where id = $1""", org.OtherStaff.Id);

        await org.Manager.AddTask(new { title = "Quiet", assigneeId = org.OtherStaff.Id });
        await org.Manager.AddTask(new { title = "Own", assigneeId = org.Manager.Id });
        await org.Manager.AddTask(new { title = "Send the offer", assigneeId = org.Staff.Id, dueDate = "2030-01-31T16:00" });
        await org.Manager.AddTask(new { title = "Another", assigneeId = org.Staff.Id, dueDate = "2030-02-01" });

        var mails = await _app.Mails(org.Staff.Email, 2);
        var mail = Assert.Single(mails, mail => mail.Subject == "Manager Tester assigned you a task: Send the offer");
        Assert.Contains("It is due Thursday 31 January 2030, 16:00.", mail.Text, StringComparison.Ordinal);
        Assert.Contains("It is due Friday 1 February 2030.", Assert.Single(mails, other => other != mail).Text, StringComparison.Ordinal);
        await _app.Settled(org.Id);
        Assert.Equal(0, await _app.Scalar<long>("select count(*) from emails where organization_id = $1 and recipient <> $2", org.Id, org.Staff.Email));
    }

    [Fact]
    public async Task A_repeated_request_with_one_key_makes_one_task()
    {
        var org = await _app.NewOrganization();

        var replies = new List<TestReply>();
        for (var time = 0; time < 2; time++)
            replies.Add((await org.Owner.Post("/tasks", new { title = "Once" }, ("Idempotency-Key", "k1"))).Expect(201));

        Assert.Equal(replies[0].Data.Id(), replies[1].Data.Id());
        Assert.Equal(1, (await org.Owner.Get("/tasks")).Data.GetProperty("tasks").GetArrayLength());
    }
}
