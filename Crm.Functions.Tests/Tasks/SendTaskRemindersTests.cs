using System.Globalization;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Tasks;

/// <summary>Each test has an app of its own, whose clock it moves: only forward, from a day far enough ahead.</summary>
public sealed class SendTaskRemindersTests(TestServices services)
{
    [Fact]
    public async Task After_eight_in_the_morning_a_user_gets_one_mail_a_day_about_what_is_due()
    {
        await using var app = await services.StartApp();
        MoveTo(app, "2027-06-01T05:50:00Z");
        var org = await app.NewOrganization("Europe/Berlin");
        await org.Staff.AddTask(new { title = "Late", dueDate = "2027-05-30" });
        await org.Staff.AddTask(new { title = "Nine", dueDate = "2027-06-01T09:00" });
        await org.Staff.AddTask(new { title = "Some time", dueDate = "2027-06-01" });
        await org.Staff.AddTask(new { title = "Tomorrow", dueDate = "2027-06-02" });
        await org.OtherStaff.AddTask(new { title = "Tomorrow", dueDate = "2027-06-02" });
        await org.OtherStaff.AddTask("Undated");
        await org.Owner.Post($"/tasks/{(await org.Owner.AddTask(new { title = "Done", dueDate = "2027-06-01" })).Id()}/complete");

        await app.RunTimer("SendTaskReminders");
        Assert.Empty(await Recipients(app));

        MoveTo(app, "2027-06-01T06:00:00Z");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.RunTimer("SendTaskReminders")));
        MoveTo(app, "2027-06-01T20:00:00Z");
        await app.RunTimer("SendTaskReminders");

        Assert.Equal(org.Staff.Email, Assert.Single(await Recipients(app)));
        var mail = Assert.Single(await app.Mails(org.Staff.Email));
        Assert.Equal("2 tasks due today, 1 overdue", mail.Subject);
        Assert.Equal(
            """
            Hello Staff,

            Due today:

            • Nine (Tuesday 1 June 2027, 09:00)

            • Some time (Tuesday 1 June 2027)

            Overdue:

            • Late (Sunday 30 May 2027)

            You can switch this daily mail off in your profile.

            """,
            mail.Text);

        MoveTo(app, "2027-06-02T06:00:00Z");
        await app.RunTimer("SendTaskReminders");
        Assert.Equal(new[] { org.Staff.Email, org.Staff.Email, org.OtherStaff.Email }.Order(StringComparer.Ordinal), await Recipients(app));
    }

    [Fact]
    public async Task Who_does_not_want_it_or_left_gets_none_and_a_long_list_is_cut()
    {
        await using var app = await services.StartApp();
        MoveTo(app, "2027-06-01T12:00:00Z");
        var org = await app.NewOrganization();
        foreach (var user in new[] { org.Owner, org.Manager, org.Staff, org.OtherStaff })
            await user.AddTask("Late", app.Clock.GetUtcNow().AddDays(-1));
        for (var more = 0; more < 12; more++)
            await org.OtherStaff.AddTask(new { title = $"Late {more}", dueDate = "2027-05-01" });
        await app.Sql("""update users set preferences = '{"notifications":{"dailyDigest":false}}' where id = $1""", org.Owner.Id);
        await app.Sql("""update users set preferences = '{"notifications":true}' where id = $1""", org.Manager.Id);
        await app.Sql("update users set status = 'inactive' where id = $1", org.Staff.Id);

        await app.RunTimer("SendTaskReminders");

        Assert.Equal(new[] { org.Manager.Email, org.OtherStaff.Email }.Order(StringComparer.Ordinal), await Recipients(app));
        var mail = Assert.Single(await app.Mails(org.OtherStaff.Email));
        Assert.Equal("13 tasks overdue", mail.Subject);
        Assert.Contains("and 3 more", mail.Text, StringComparison.Ordinal);
        Assert.Equal("1 task overdue", Assert.Single(await app.Mails(org.Manager.Email)).Subject);
    }

    [Fact]
    public async Task Eight_o_clock_is_where_the_user_is()
    {
        await using var app = await services.StartApp();
        foreach (var (zone, eight, date) in new[]
        {
            ("America/New_York", "2027-03-13T13:00:00Z", "2027-03-13"),
            // The clocks go forward that night, and back in autumn.
            ("America/New_York", "2027-03-14T12:00:00Z", "2027-03-14"),
            ("Europe/Berlin", "2027-03-28T06:00:00Z", "2027-03-28"),
            ("Asia/Kolkata", "2027-05-01T02:30:00Z", "2027-05-01"),
            // No such zone: the organisation's counts.
            ("Mars/Olympus", "2027-05-01T06:00:00Z", "2027-05-01"),
            // Far east it is tomorrow already.
            ("Pacific/Kiritimati", "2027-05-01T18:00:00Z", "2027-05-02"),
            ("Australia/Lord_Howe", "2027-05-01T21:30:00Z", "2027-05-02"),
            ("Europe/Berlin", "2027-10-31T07:00:00Z", "2027-10-31"),
            ("America/New_York", "2027-11-07T13:00:00Z", "2027-11-07"),
        })
        {
            app.Clock.Advance(Time(eight).AddMinutes(-10) - app.Clock.GetUtcNow());
            var org = await app.NewOrganization("Europe/Berlin");
            await app.Sql("update users set timezone = $2 where id = $1", org.Staff.Id, zone);
            var day = DateTime.Parse(date, CultureInfo.InvariantCulture);
            await org.Staff.AddTask("That day", LastMinute(day, zone));
            await org.Staff.AddTask("The day after", LastMinute(day, zone).AddMinutes(1));

            await app.RunTimer("SendTaskReminders");
            await app.Settled();
            Assert.True(app.Providers.Mailbox.Messages(org.Staff.Email).Count == 0, $"{zone} {eight}: too early.");

            MoveTo(app, eight);
            await app.RunTimer("SendTaskReminders");
            await app.Settled();
            var mail = Assert.Single(await app.Mails(org.Staff.Email));
            Assert.True(mail.Subject == "1 task due today", $"{zone} {eight}: {mail.Subject}");
            Assert.Equal(date, await app.Scalar<string>("select local_date::text from task_digests where user_id = $1", org.Staff.Id));
        }
    }

    [Fact]
    public async Task An_organisation_whose_zone_is_no_zone_lives_in_utc()
    {
        await using var app = await services.StartApp();
        MoveTo(app, "2027-05-01T07:50:00Z");
        var org = await app.NewOrganization("Mars/Olympus");
        await org.Staff.AddTask("Late", app.Clock.GetUtcNow().AddDays(-1));

        await app.RunTimer("SendTaskReminders");
        Assert.Empty(await Recipients(app));
        MoveTo(app, "2027-05-01T08:00:00Z");
        await app.RunTimer("SendTaskReminders");
        Assert.Equal(org.Staff.Email, Assert.Single(await Recipients(app)));
    }

    [Fact]
    public async Task Reminders_and_figures_count_by_the_users_own_day()
    {
        await using var app = await services.StartApp();
        MoveTo(app, "2027-05-01T12:00:00Z");
        var org = await app.NewOrganization("America/New_York");
        await app.Sql("update users set timezone = 'Pacific/Kiritimati' where id = $1", org.Staff.Id);
        var there = await app.SignInAs(org.Id, org.Staff.Id);
        // It is the 2nd of May there until 10:00 UTC, and still the 1st in New York.
        await there.AddTask("Today", Time("2027-05-02T09:59:00Z"));
        await there.AddTask("Tomorrow", Time("2027-05-02T10:00:00Z"));

        foreach (var (client, query, today) in new (TestClient, string, string[])[]
        {
            (there, "", ["Today"]), (org.Owner, $"?assigneeId={org.Staff.Id}", ["Today"]), (org.Owner, "?assigneeId=all", []),
        })
            Assert.Equal(today, (await client.Get($"/reminders{query}")).Expect(200).Data.GetProperty("dueToday").Titles());
        Assert.Equal(1, (await there.Get("/dashboard/kpis")).Expect(200).Data.GetProperty("tasksDueToday").GetInt32());
        Assert.Equal(0, (await org.Owner.Get("/dashboard/kpis")).Expect(200).Data.GetProperty("tasksDueToday").GetInt32());
    }

    private static DateTimeOffset LastMinute(DateTime day, string zone)
    {
        var end = day.AddMinutes((24 * 60) - 1);
        return new DateTimeOffset(end, Crm.Shared.TimeZones.First(zone, "Europe/Berlin").GetUtcOffset(end));
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static void MoveTo(TestApp app, string time) => app.Clock.Advance(Time(time) - app.Clock.GetUtcNow());

    /// <summary>To whom digests have gone, in the order of their addresses.</summary>
    private static async Task<string[]> Recipients(TestApp app)
    {
        await app.Settled();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await app.Scalar<long>("select count(*) from emails where status in ('pending', 'sending')") > 0)
            await Task.Delay(20, patience.Token);
        return [.. app.Providers.Mailbox.Messages(kind: "email").Select(mail => mail.To).Order(StringComparer.Ordinal)];
    }
}
