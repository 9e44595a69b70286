using System.Text;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Exports;

public sealed class ExportTests(TestServices services)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_csv_file_has_a_mark_crlf_and_a_row_a_contact_newest_first()
    {
        var org = await services.App.NewOrganization();
        await org.AddContact(org.Staff, "Ann Smith", "ann@export.test");
        await org.Owner.Post("/contacts", new { name = "Zoë Müller", company = "Comma, \"Quote\" & Co", tags = new[] { "vip", "fair" }, notes = "two\nlines" });

        using var answer = await Download(org.Owner, "/reports/export?type=contacts");

        Assert.Equal("text/csv; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var date = services.App.Clock.GetUtcNow().ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal($"attachment; filename=\"contacts-{date}.csv\"", answer.Content.Headers.ContentDisposition!.ToString());
        var bytes = await answer.Content.ReadAsByteArrayAsync(Ct);
        Assert.Equal([0xEF, 0xBB, 0xBF], bytes[..3]);
        var text = Encoding.UTF8.GetString(bytes[3..]);
        Assert.StartsWith("Id,First name,Last name,Email,", text, StringComparison.Ordinal);
        Assert.Contains(",Zoë,Müller,,,\"Comma, \"\"Quote\"\" & Co\",", text, StringComparison.Ordinal);
        Assert.Contains("\"vip, fair\"", text, StringComparison.Ordinal);
        Assert.True(text.IndexOf("Zoë", StringComparison.Ordinal) < text.IndexOf("Ann", StringComparison.Ordinal));
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
        Assert.Equal(3, text.Replace("two\nlines", "", StringComparison.Ordinal).Split("\r\n").Length - 1);
    }

    [Theory]
    [InlineData("=1+1")]
    [InlineData("+49 30 1")]
    [InlineData("-2")]
    [InlineData("@sum(a1)")]
    [InlineData("\t=1")]
    public async Task What_a_spreadsheet_would_take_for_a_formula_is_text_unless_it_is_asked_for_raw(string text)
    {
        var org = await services.App.NewOrganization();
        await org.App.Sql(
            "insert into contacts (organization_id, id, first_name, last_name, created_at, updated_at) values ($1, $2, 'x', $3, $4, $4)",
            org.Id, Guid.CreateVersion7(), text, org.App.Clock.GetUtcNow());
        await org.Owner.Post("/products", new { name = "Desk", price = 1, cost = 2 });

        Assert.Contains($",x,\"'{text}\",", (await org.Owner.Get("/reports/export?type=contacts")).Expect(200).Body, StringComparison.Ordinal);
        Assert.Contains($",x,{text},", (await org.Owner.Get("/reports/export?type=contacts&raw=true")).Expect(200).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Numbers_stay_numbers()
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Owner);
        (await org.Owner.Post("/deals", new { title = "Desks", contactId = contact, value = 1500.5, expectedCloseDate = "2026-12-24" })).Expect(201);

        var text = (await org.Owner.Get("/reports/export?type=deals")).Expect(200).Body;

        Assert.Contains(",Desks,1500.50,USD,open,", text, StringComparison.Ordinal);
        Assert.Contains(",2026-12-24,", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_mean_what_they_mean_in_the_lists()
    {
        var org = await services.App.NewOrganization();
        await org.Owner.Post("/contacts", new { name = "Lead One", status = "lead", tags = new[] { "a" } });
        await org.Owner.Post("/contacts", new { name = "Customer Two", status = "customer", tags = new[] { "a", "b" } });
        await org.Owner.Post("/products", new { name = "Desk", price = 1, category = "Furniture" });
        await org.Owner.Post("/products", new { name = "Paper", price = 1, category = "Office" });

        Assert.Equal("Two", await Last("status=customer"));
        Assert.Equal("Two One", await Last("status=customer,lead"));
        Assert.Equal("Two", await Last("tags=a,b&tagsMode=all"));
        Assert.Equal("One", await Last("search=lead"));
        Assert.Equal("", await Last("source=nowhere"));
        var products = (await org.Owner.Get("/reports/export?type=products&category=furniture")).Expect(200).Body;
        Assert.True(products.Contains("Desk", StringComparison.Ordinal) && !products.Contains("Paper", StringComparison.Ordinal));
        Assert.Equal(["status"], (await org.Owner.Get("/reports/export?type=contacts&status=sold")).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["status"], (await org.Owner.Get("/reports/export?type=deals&status=lead")).Expect(400, "VALIDATION_ERROR").Fields);
        (await org.Owner.Get("/reports/export?type=invoices&dateFrom=2026-02-01&dateTo=2026-01-01")).Expect(400);

        async Task<string> Last(string filter)
        {
            var lines = (await org.Owner.Get($"/reports/export?type=contacts&{filter}")).Expect(200).Body.Split("\r\n");
            return string.Join(' ', lines[1..^1].Select(line => line.Split(',')[2]));
        }
    }

    [Fact]
    public async Task A_period_begins_with_a_day_where_the_organisation_is_and_all_is_exported_without_one()
    {
        var org = await services.App.NewOrganization("America/New_York");
        foreach (var days in new[] { 0, 6, 8, 400 })
            await org.App.Sql(
                "insert into contacts (organization_id, id, last_name, created_at, updated_at) values ($1, $2, $3, $4, $4)",
                org.Id, Guid.CreateVersion7(), $"days{days}", org.App.Clock.GetUtcNow().AddDays(-days));

        Assert.Equal(4, await Rows(""));
        Assert.Equal(2, await Rows("&period=7d"));
        Assert.Equal(3, await Rows("&period=1y"));
        (await org.Owner.Get("/reports/export?type=contacts&period=week")).Expect(400, "INVALID_PERIOD");

        async Task<int> Rows(string period) =>
            (await org.Owner.Get($"/reports/export?type=contacts{period}")).Expect(200).Body.Split("days").Length - 1;
    }

    [Fact]
    public async Task Unknown_types_and_formats_have_codes_of_their_own()
    {
        var org = await services.App.NewOrganization();

        (await org.Owner.Get("/reports/export")).Expect(400, "INVALID_TYPE");
        (await org.Owner.Get("/reports/export?type=users")).Expect(400, "INVALID_TYPE");
        (await org.Owner.Get("/reports/export?type=contacts&format=pdf")).Expect(400, "INVALID_FORMAT");
        (await services.App.Anonymous.Get("/reports/export?type=contacts")).Expect(401);
    }

    [Fact]
    public async Task Staff_get_their_own_rows_all_products_and_no_costs()
    {
        var org = await services.App.NewOrganization();
        await org.AddContact(org.Staff, "Mine Own");
        await org.AddContact(org.OtherStaff, "Not Mine");
        await org.Owner.Post("/products", new { name = "Desk", price = 10, cost = 4.44 });

        var contacts = (await org.Staff.Get("/reports/export?type=contacts")).Expect(200).Body;
        var products = (await org.Staff.Get("/reports/export?type=products")).Expect(200).Body;

        Assert.Contains(",Mine,Own,", contacts, StringComparison.Ordinal);
        Assert.DoesNotContain("Not,Mine", contacts, StringComparison.Ordinal);
        Assert.Contains("Desk", products, StringComparison.Ordinal);
        Assert.DoesNotContain("Cost", products, StringComparison.Ordinal);
        Assert.Contains("4.44", (await org.Manager.Get("/reports/export?type=products")).Expect(200).Body, StringComparison.Ordinal);
        (await org.Staff.Get($"/reports/export?type=contacts&ownerId={org.OtherStaff.Id}")).Expect(403);
    }

    [Fact]
    public async Task Who_took_what_is_recorded()
    {
        var org = await services.App.NewOrganization();
        await org.AddContact(org.Staff);
        await org.AddContact(org.Staff);

        (await org.Staff.Get("/reports/export?type=contacts&format=xlsx")).Expect(200);

        Assert.Equal(
            $$"""{{org.Staff.Id}} {"rows": 2, "type": "contacts", "format": "excel"}""",
            await org.App.Scalar<string>("select actor_id || ' ' || data from audit_events where organization_id = $1 and action = 'data.exported'", org.Id));
    }

    [Fact]
    public async Task What_was_exported_can_be_imported_again()
    {
        var org = await services.App.NewOrganization();
        (await org.Owner.Post("/contacts", new
        {
            firstName = "Ann",
            lastName = "Smith",
            email = "ann@again.test",
            phone = "+4930123456",
            company = "ACME",
            jobTitle = "CEO",
            status = "lead",
            source = "fair",
            tags = new[] { "a", "b" },
            address = "Street 1",
            notes = "note",
        })).Expect(201);
        var file = (await org.Owner.Get("/reports/export?type=contacts&raw=true")).Expect(200).Body;
        using var form = new MultipartFormDataContent { { new StringContent(file), "file", "contacts.csv" } };

        var import = (await org.Owner.Post("/contacts/import", form)).Expect(202).Data;

        string[] fields =
            ["firstName", "lastName", "email", "phone", "company", "jobTitle", "status", "source", "tags", "address", "notes"];
        Assert.Equal(
            fields.Order(StringComparer.Ordinal),
            import.GetProperty("mapping").EnumerateArray().Select(column => column.GetProperty("field").GetString()).OfType<string>()
                .Order(StringComparer.Ordinal));
    }

    private async Task<HttpResponseMessage> Download(TestUser user, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", user.AccessToken);
        return await services.App.Http.SendAsync(request, Ct);
    }
}
