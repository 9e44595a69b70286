using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Tasks;

public sealed class RemindAssigneesTests(TestServices services)
{
    [Fact]
    public async Task A_reminder_comes_once_at_its_time_and_again_when_it_is_moved()
    {
        await using var app = await services.StartApp();
        var org = await app.NewOrganization();
        var now = app.Clock.GetUtcNow();
        var id = (await org.Staff.AddTask(new { title = "Call Ann", reminderAt = now.AddHours(1), dueDate = now.AddDays(9) })).Id();
        await org.OtherStaff.AddTask(new { title = "Not wanted", reminderAt = now.AddHours(1) });
        await app.Sql("""update users set preferences = '{"notifications":{"taskReminders":false}}' where id = $1""", org.OtherStaff.Id);
        var done = (await org.Owner.AddTask(new { title = "Done", reminderAt = now.AddHours(1) })).Id();
        await org.Owner.Post($"/tasks/{done}/complete");

        await app.RunTimer("RemindAssignees");
        app.Clock.Advance(TimeSpan.FromHours(1));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.RunTimer("RemindAssignees")));

        Assert.Equal("Reminder: Call Ann", Assert.Single(await app.Mails(org.Staff.Email)).Subject);
        // Another title is no reason to remind again, another time is.
        (await org.Staff.Patch($"/tasks/{id}", new { title = "Call Ann Smith" })).Expect(200);
        await app.RunTimer("RemindAssignees");
        (await org.Staff.Patch($"/tasks/{id}", new { reminderAt = now.AddHours(2) })).Expect(200);
        app.Clock.Advance(TimeSpan.FromHours(1));
        await app.RunTimer("RemindAssignees");
        await app.RunTimer("RemindAssignees");

        Assert.Equal(["Reminder: Call Ann Smith", "Reminder: Call Ann"], (await app.Mails(org.Staff.Email, 2)).Select(mail => mail.Subject));
        Assert.Equal(2, await app.Scalar<long>("select count(*) from emails"));
    }
}
