using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Settings;

/// <summary>What the app itself reads from the settings, for what it sends.</summary>
public sealed class SenderSettingsTests(TestServices services)
{
    private const string ColumnsSql = """
        select concat_ws('|', from_name, from_email, sms_number, send_rate_per_minute, staff_may_send_campaigns, inbox_assignee_id)
        from organizations where id = $1
        """;

    [Fact]
    public async Task They_are_kept_in_columns_and_cleared_with_null()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var number = $"+1415{Random.Shared.Next(1_000_000, 9_999_999)}";

        (await org.Owner.Patch("/settings/organization", new
        {
            settings = new
            {
                fromName = "Acme News",
                fromEmail = "news@acme.test",
                smsNumber = number,
                sendRatePerMinute = 5000,
                staffMaySendCampaigns = false,
                inboxAssigneeId = org.Staff.Id,
                own = "kept",
            },
        })).Expect(200);

        Assert.Equal($"Acme News|news@acme.test|{number}|5000|f|{org.Staff.Id}", await app.Scalar<string>(ColumnsSql, org.Id));
        // Who has left since hinders no other change.
        (await org.Owner.Delete($"/settings/team/{org.Staff.Id}")).Expect(200);
        (await org.Owner.Patch("/settings/organization", new { settings = new { fromName = (string?)null } })).Expect(200);
        Assert.StartsWith("news@acme.test|", await app.Scalar<string>(ColumnsSql, org.Id), StringComparison.Ordinal);
        (await org.Owner.Patch("/settings/organization", new { settings = (object?)null })).Expect(200);
        Assert.Equal("t", await app.Scalar<string>(ColumnsSql, org.Id));
    }

    [Fact]
    public async Task What_they_cannot_be_is_refused_with_its_field_and_changes_nothing()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        foreach (var (field, value) in new (string, object)[]
        {
            ("fromName", "a\r\nb"), ("fromName", 1), ("fromName", new string('x', 101)), ("fromEmail", "news"), ("smsNumber", "0555 123"),
            ("smsNumber", "+14155550132\n"), ("sendRatePerMinute", 0), ("sendRatePerMinute", "100"), ("sendRatePerMinute", 1_000_001),
            ("staffMaySendCampaigns", "no"), ("inboxAssigneeId", "me"), ("inboxAssigneeId", other.Owner.Id), ("inboxAssigneeId", Guid.NewGuid()),
        })
        {
            var reply = await org.Owner.Patch("/settings/organization", new { settings = new Dictionary<string, object> { [field] = value } });
            Assert.Equal([$"settings.{field}"], reply.Expect(400, "VALIDATION_ERROR").Fields);
        }

        Assert.Equal("{}", (await org.Owner.Get("/settings/organization")).Expect(200).Data.GetProperty("settings").GetRawText());
    }

    [Fact]
    public async Task Two_organisations_do_not_send_from_one_number()
    {
        var (org, other) = (await services.App.NewOrganization(), await services.App.NewOrganization());
        var change = new { settings = new { smsNumber = $"+4930{Random.Shared.Next(1_000_000, 9_999_999)}" } };
        (await org.Owner.Patch("/settings/organization", change)).Expect(200);
        (await org.Owner.Patch("/settings/organization", new { name = "Still mine", change.settings })).Expect(200);
        Assert.Equal(["settings.smsNumber"], (await other.Owner.Patch("/settings/organization", change)).Expect(409, "SMS_NUMBER_TAKEN").Fields);
    }
}
