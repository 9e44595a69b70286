using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Shared;
using TimeZoneConverter;

namespace Crm.Functions.Tests.Settings;

public sealed class OrganizationTests(TestServices services)
{
    [Fact]
    public async Task Every_member_reads_the_organisation_and_its_version()
    {
        var org = await services.App.NewOrganization("Europe/Berlin");

        foreach (var user in new[] { org.Owner, org.Manager, org.Staff })
        {
            var reply = (await user.Get("/settings/organization")).Expect(200);
            Assert.Equal("\"1\"", reply.Headers["ETag"]);
            Assert.Equal(
                [
                    "id", "name", "industry", "employeeCount", "website", "contactPhone", "address", "country",
                    "timezone", "currency", "logo", "settings", "createdAt", "updatedAt", "version",
                ],
                reply.Data.EnumerateObject().Select(property => property.Name));
            Assert.Equal(org.Id, reply.Data.GetProperty("id").GetGuid());
            Assert.Equal("Europe/Berlin", reply.Data.GetProperty("timezone").GetString());
            Assert.Equal("{}", reply.Data.GetProperty("settings").GetRawText());
        }

        Assert.Equal(304, (await org.Staff.Get("/settings/organization", ("If-None-Match", "\"1\""))).Status);
        (await services.App.Anonymous.Get("/settings/organization")).Expect(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task A_manager_changes_what_is_given_null_clears_and_the_rest_stays()
    {
        var org = await services.App.NewOrganization();
        (await org.Manager.Patch("/settings/organization", new
        {
            name = " Northwind ",
            industry = "Trade",
            employeeCount = "51-200",
            website = "https://northwind.example",
            contactPhone = "+1 415 555 0132",
            address = "12 Harbour Street",
            country = " ca ",
            timezone = "America/New_York",
            currency = "eur",
            logo = "https://cdn.example.com/logo.png",
        })).Expect(200);

        var organization = (await org.Owner.Patch("/settings/organization", new { industry = (string?)null, employeeCount = "500+" })).Expect(200).Data;

        Assert.Equal(
            """["Northwind",null,"500+","https://northwind.example","+1 415 555 0132","12 Harbour Street"]""",
            organization.Values("name", "industry", "employeeCount", "website", "contactPhone", "address"));
        Assert.Equal(
            """["CA","America/New_York","EUR","https://cdn.example.com/logo.png",3]""",
            organization.Values("country", "timezone", "currency", "logo", "version"));
        Assert.Equal(
            2L, await services.App.Scalar<long>("select count(*) from audit_events where organization_id = $1 and action = 'organization.updated'", org.Id));
    }

    [Theory]
    [InlineData("Europe/Berlin", "Europe/Berlin")]
    [InlineData("europe/berlin", "Europe/Berlin")]
    [InlineData("W. Europe Standard Time", "Europe/Berlin")]
    [InlineData("Pacific Standard Time", "America/Los_Angeles")]
    [InlineData("UTC", "UTC")]
    public async Task A_time_zone_is_kept_by_its_iana_name(string given, string kept)
    {
        var org = await services.App.NewOrganization("Asia/Tokyo");

        Assert.Equal(kept, (await org.Owner.Patch("/settings/organization", new { timezone = given })).Expect(200).Data.GetProperty("timezone").GetString());
    }

    [Fact]
    public async Task A_new_time_zone_holds_from_the_next_request_on()
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Owner);

        (await org.Owner.Patch("/settings/organization", new { timezone = "Asia/Tokyo" })).Expect(200);
        var entry = (await org.Owner.Post($"/contacts/{contact}/timeline", new { type = "call", description = "x", occurredAt = "2026-01-31T09:00" }))
            .Expect(201).Data;

        Assert.Equal("2026-01-31T00:00:00.000Z", entry.GetProperty("occurredAt").GetString());
    }

    [Theory]
    [InlineData("""{"name":null}""", "name")]
    [InlineData("""{"name":" "}""", "name")]
    [InlineData("""{"employeeCount":"12"}""", "employeeCount")]
    [InlineData("""{"website":"northwind.example"}""", "website")]
    [InlineData("""{"website":"ftp://northwind.example"}""", "website")]
    [InlineData("""{"website":"javascript:alert(1)"}""", "website")]
    [InlineData("""{"contactPhone":"+1 415 555 0132 ext. 77"}""", "contactPhone")]
    [InlineData("""{"timezone":"Mars/Olympus"}""", "timezone")]
    [InlineData("""{"timezone":null}""", "timezone")]
    [InlineData("""{"country":"UK"}""", "country")]
    [InlineData("""{"country":"Germany"}""", "country")]
    [InlineData("""{"country":"001"}""", "country")]
    [InlineData("""{"country":null}""", "country")]
    [InlineData("""{"country":" "}""", "country")]
    [InlineData("""{"currency":"CHF"}""", "currency")]
    [InlineData("""{"currency":null}""", "currency")]
    [InlineData("""{"logo":"http://cdn.example.com/logo.png"}""", "logo")]
    [InlineData("""{"logo":"data:image/png;base64,AAAA"}""", "logo")]
    [InlineData("""{"settings":[1]}""", "settings")]
    [InlineData("""{"settings":{"sendgrid":{"apiKey":"SG.1"}}}""", "settings")]
    [InlineData("""{"settings":{"smtp_password":"x"}}""", "settings")]
    [InlineData("""{"id":"x"}""", "body")]
    public async Task A_field_that_will_not_do_is_named(string body, string field)
    {
        var org = await services.App.NewOrganization();

        Assert.Equal([field], (await org.Owner.Patch("/settings/organization", body)).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Lengths_hold_to_the_character()
    {
        var org = await services.App.NewOrganization();

        (await org.Owner.Patch("/settings/organization", new
        {
            name = new string('x', 200),
            industry = new string('x', 100),
            contactPhone = new string('1', 20),
            address = new string('x', 500),
        })).Expect(200);
        foreach (var (field, length) in new[] { ("name", 200), ("industry", 100), ("contactPhone", 20), ("address", 500) })
            Assert.Equal([field], (await org.Owner.Patch(
                "/settings/organization", new Dictionary<string, string>(StringComparer.Ordinal) { [field] = new('x', length + 1) })).Expect(400).Fields);
    }

    [Fact]
    public async Task A_new_country_is_that_of_the_numbers_given_from_then_on()
    {
        var org = await services.App.NewOrganization();
        var contact = (await org.Staff.Post("/contacts", new { phone = "(415) 555-0132" })).Expect(201).Data;

        (await org.Owner.Patch("/settings/organization", new { country = "CH" })).Expect(200);

        Assert.Equal("+14155550132", (await org.Staff.Get($"/contacts/{contact.GetProperty("id")}")).Data.GetProperty("phone").GetString());
        Assert.Equal("+41446681800", (await org.Staff.Patch($"/contacts/{contact.GetProperty("id")}", new { phone = "044 668 18 00" }))
            .Expect(200).Data.GetProperty("phone").GetString());
    }

    [Fact]
    public async Task Time_zones_lie_in_countries_that_have_telephones()
    {
        var zones = (await services.App.Scalar<string>("select string_agg(name || '=' || country, ' ') from time_zones")).Split(' ')
            .Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

        Assert.All(zones.Values.Distinct(StringComparer.Ordinal), country => Assert.True(PhoneNumber.IsCountry(country), country));
        Assert.Equal("DE CH IN US GB JP", string.Join(
            ' ', new[] { "Europe/Berlin", "Europe/Zurich", "Asia/Calcutta", "US/Pacific", "Europe/London", "Asia/Tokyo" }.Select(zone => zones[zone])));
        // What is left out has no place, or one without a telephone country.
        Assert.All(
            TZConvert.KnownIanaTimeZoneNames.Where(zone => !zones.ContainsKey(zone)),
            zone => Assert.Matches(
                "^(Etc/.*|Antarctica/.*|Atlantic/South_Georgia|Indian/Kerguelen|Pacific/(Pitcairn|Midway|Wake)|US/Pacific-New"
                    + "|[A-Z]{2}T|[A-Z]{3}[0-9][A-Z]{3}|GMT.*|UTC|UCT|Universal|Zulu|Greenwich|Factory)$",
                zone));
    }

    [Theory]
    [InlineData("""{"dealRottingDays":"soon"}""", "settings.dealRottingDays")]
    [InlineData("""{"dealRottingDays":0}""", "settings.dealRottingDays")]
    [InlineData("""{"dealRottingDays":1.5}""", "settings.dealRottingDays")]
    [InlineData("""{"dealRottingDays":1e99}""", "settings.dealRottingDays")]
    [InlineData("""{"dealRottingDays":[30]}""", "settings.dealRottingDays")]
    [InlineData("""{"lostReasonRequired":"maybe"}""", "settings.lostReasonRequired")]
    [InlineData("""{"lostReasonRequired":1}""", "settings.lostReasonRequired")]
    public async Task What_the_app_reads_from_the_settings_must_be_what_it_understands(string settings, string field)
    {
        var org = await services.App.NewOrganization();

        Assert.Equal([field], (await org.Owner.Patch("/settings/organization", $$"""{"settings":{{settings}}}""")).Expect(400, "VALIDATION_ERROR").Fields);

        (await org.Owner.Get("/deals")).Expect(200);
        (await org.Owner.Post("/deals", new { title = "Desks", contactId = await org.AddContact(org.Owner) })).Expect(201);
    }

    [Fact]
    public async Task Settings_that_were_never_checked_break_nothing()
    {
        var org = await services.App.NewOrganization();
        await services.App.Sql("""update organizations set settings = '{"dealRottingDays":"soon","lostReasonRequired":"maybe"}' where id = $1""", org.Id);

        (await org.Owner.Get("/deals")).Expect(200);
        (await org.Owner.Get("/deals?view=list&rotting=true")).Expect(200);
        (await org.Owner.Patch("/settings/organization", new { name = "Acme" })).Expect(200);
        (await org.Owner.Patch("/settings/organization", """{"settings":{"dealRottingDays":null,"lostReasonRequired":null}}""")).Expect(200);
    }

    [Fact]
    public async Task Settings_are_merged_as_rfc_7396_says()
    {
        var org = await services.App.NewOrganization();
        (await org.Owner.Patch("/settings/organization", """{"settings":{"a":1,"b":{"c":[1,2],"d":"x"},"requirePassword":true}}""")).Expect(200);

        var settings = (await org.Owner.Patch("/settings/organization", """{"settings":{"a":null,"b":{"c":[3],"e":{"f":null,"g":1}},"h":null}}"""))
            .Expect(200).Data.GetProperty("settings");

        Assert.True(
            JsonElement.DeepEquals(JsonDocument.Parse("""{"b":{"c":[3],"d":"x","e":{"g":1}},"requirePassword":true}""").RootElement, settings),
            settings.GetRawText());
        Assert.Equal("{}", (await org.Owner.Patch("/settings/organization", """{"settings":null}""")).Expect(200).Data.GetProperty("settings").GetRawText());
    }

    [Fact]
    public async Task Settings_hold_16_kilobytes_after_merging()
    {
        var org = await services.App.NewOrganization();
        // {"a":"…"} is 8 bytes longer than its text; é is two bytes.
        (await org.Owner.Patch("/settings/organization", new { settings = new { a = new string('x', 16 * 1024 - 8) } })).Expect(200);

        Assert.Equal(["settings"], (await org.Owner.Patch("/settings/organization", new { settings = new { b = 1 } })).Expect(400, "VALIDATION_ERROR").Fields);
        (await org.Owner.Patch("/settings/organization", """{"settings":{"a":null,"b":1}}""")).Expect(200);
        (await org.Owner.Patch("/settings/organization", """{"settings":{"b":null}}""")).Expect(200);
        (await org.Owner.Patch("/settings/organization", """{"settings":{"a":"xxx"}}""".Replace("xxx", new string('é', 8189), StringComparison.Ordinal)))
            .Expect(400, "VALIDATION_ERROR");
        (await org.Owner.Patch("/settings/organization", """{"settings":{"a":"xxx"}}""".Replace("xxx", new string('é', 8188), StringComparison.Ordinal)))
            .Expect(200);
    }

    [Fact]
    public async Task Twenty_screens_that_save_settings_of_their_own_at_once_lose_none()
    {
        var org = await services.App.NewOrganization();

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(number =>
            org.Owner.Patch("/settings/organization", new { settings = new Dictionary<string, bool>(StringComparer.Ordinal) { [$"screen{number}"] = true } })));

        foreach (var reply in replies)
            reply.Expect(200);

        Assert.Equal(20, (await org.Owner.Get("/settings/organization")).Data.GetProperty("settings").EnumerateObject().Count());
    }

    [Fact]
    public async Task Settings_nest_twenty_levels_and_no_deeper()
    {
        var org = await services.App.NewOrganization();
        static string Nested(int levels) => string.Concat(Enumerable.Repeat("""{"a":""", levels)) + "1" + new string('}', levels);

        (await org.Owner.Patch("/settings/organization", $"{{\"settings\":{Nested(20)}}}")).Expect(200);
        Assert.Equal(["settings"], (await org.Owner.Patch("/settings/organization", $"{{\"settings\":{Nested(21)}}}")).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task A_change_of_another_version_is_refused_with_the_current_one()
    {
        var org = await services.App.NewOrganization();

        (await org.Owner.Patch("/settings/organization", new { industry = "Trade" }, ("If-Match", "\"1\""))).Expect(200);
        var conflict = (await org.Owner.Patch("/settings/organization", new { industry = "Law" }, ("If-Match", "\"1\""))).Expect(409, "VERSION_CONFLICT");

        Assert.Equal(2, conflict.Json.GetProperty("error").GetProperty("currentVersion").GetInt32());
    }

    [Fact]
    public async Task Staff_may_not_change_the_organisation_and_nobody_changes_another_one()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();

        (await org.Staff.Patch("/settings/organization", new { industry = "Trade" })).Expect(403, "FORBIDDEN");
        (await other.Owner.Patch("/settings/organization", new { industry = "Trade" })).Expect(200);

        Assert.Equal(JsonValueKind.Null, (await org.Owner.Get("/settings/organization")).Data.GetProperty("industry").ValueKind);
    }
}
