using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts;

public sealed class ListContactsTests(TestServices services)
{
    [Fact]
    public async Task Everybody_sees_their_part()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var mine = await org.AddContact(org.Staff);
        var colleagues = await org.AddContact(org.OtherStaff);
        var owners = await org.AddContact(org.Owner);
        var nobodys = await org.AddContact(org.Owner);
        (await org.Owner.Patch($"/contacts/{nobodys}", """{"ownerId":null}""")).Expect(200);
        await other.AddContact(other.Owner);

        Assert.Equal([nobodys, owners, colleagues, mine], (await org.Owner.Get("/contacts")).Expect(200).Ids("contacts"));
        Assert.Equal([nobodys, owners, colleagues, mine], (await org.Manager.Get("/contacts")).Expect(200).Ids("contacts"));
        var staff = (await org.Staff.Get("/contacts")).Expect(200);
        Assert.Equal([mine], staff.Ids("contacts"));
        Assert.Equal(1, staff.Page("total"));
        (await services.App.Anonymous.Get("/contacts")).Expect(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task Staff_are_confined_in_every_filter_and_order()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var mine = new List<Guid>();
        foreach (var user in new[] { org.Staff, org.OtherStaff, org.Owner, other.Owner })
        {
            var id = (await user.Post("/contacts", new { name = "Ann", company = "Northwind", status = "lead", tags = new[] { "a", "b" }, source = "web" }))
                .Expect(201).Data.GetProperty("id").GetGuid();
            if (user == org.Staff)
                mine.Add(id);
        }

        foreach (var query in new[]
        {
            "search=ann", "status=lead", "status=lead,active", "tags=a", "tags=a,b&tagsMode=all", "source=web",
            $"ownerId={org.Staff.Id}", "sortBy=name", "sortBy=email", "sortBy=updatedAt", "sortBy=lastActivityAt", "page=1&pageSize=1",
        })
        {
            var reply = (await org.Staff.Get($"/contacts?{query}")).Expect(200);
            Assert.True(mine.SequenceEqual(reply.Ids("contacts")) && reply.Page("total") == 1, $"{query}: {reply.Body}");
        }

        (await org.Staff.Get($"/contacts?ownerId={org.OtherStaff.Id}")).Expect(403, "FORBIDDEN");
        (await org.Staff.Get($"/contacts?ownerId={Guid.NewGuid()}")).Expect(403, "FORBIDDEN");
    }

    [Theory]
    [InlineData("smith", "Ann Smith")]
    [InlineData("  SMITH ", "Ann Smith")]
    [InlineData("ann smi", "Ann Smith")]
    [InlineData("nn", null)]
    [InlineData("an", "Ann Smith")]
    [InlineData("sm", "Ann Smith")]
    [InlineData("bob@", "Bob Jones")]
    [InlineData("5550132", "Bob Jones")]
    [InlineData("northw", "Cleo 50% Off")]
    [InlineData("50% o", "Cleo 50% Off")]
    [InlineData("50%", "Cleo 50% Off")]
    [InlineData("0%f", null)]
    [InlineData("r_score", "Dan under_score")]
    [InlineData("r_cor", null)]
    [InlineData("k\\slash", "Eve back\\slash")]
    [InlineData("o'neil", "Fay O'Neil")]
    [InlineData("grü", "Gustav Grün")]
    [InlineData("GRÜ", "Gustav Grün")]
    public async Task Search_finds_part_of_name_email_phone_and_company_literally(string search, string? found)
    {
        var org = await services.App.NewOrganization();
        foreach (var contact in new object[]
        {
            new { name = "Ann Smith" }, new { name = "Bob Jones", email = "bob@example.com", phone = "4155550132" },
            new { name = "Cleo 50% Off", company = "Northwind" },
            new { name = "Dan under_score" }, new { name = "Eve back\\slash" }, new { name = "Fay O'Neil" }, new { name = "Gustav Grün" },
        })
            (await org.Owner.Post("/contacts", contact)).Expect(201);

        Assert.Equal(
            found is null ? [] : [found], (await org.Owner.Get($"/contacts?search={Uri.EscapeDataString(search)}")).Expect(200).Texts("contacts", "name"));
    }

    [Fact]
    public async Task Search_by_the_number_as_people_write_it()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Owner.Post("/contacts", new { name = "Ann", phone = "(415) 555-0132" })).Expect(201).Data.GetProperty("id").GetGuid();
        await org.AddContact(org.Owner, "Bob");
        foreach (var search in new[] { "+14155550132", "(415) 555-0132", "415-555", "415 555 0132" })
            Assert.Equal([id], (await org.Owner.Get($"/contacts?search={Uri.EscapeDataString(search)}")).Expect(200).Ids("contacts"));
    }

    [Fact]
    public async Task Filters_by_status_tags_source_and_owner()
    {
        var org = await services.App.NewOrganization();
        foreach (var (name, status, tags, source, owner) in new[]
        {
            ("a", "lead", new[] { "x" }, "web", org.Owner), ("b", "customer", ["x", "y"], "fair", org.Owner), ("c", "inactive", ["y"], "web", org.Staff),
            ("d", "active", [], "Web", org.Staff), ("e", "prospect", ["Z"], null, org.Manager),
        })
            (await org.Owner.Post("/contacts", new { name, status, tags, source, ownerId = owner.Id })).Expect(201);

        foreach (var (query, names) in new[]
        {
            ("status=lead", "a"), ("status=LEAD", "a"), ("status=lead,customer", "ba"), ("status=lead&status=customer", "ba"),
            ("status=inactive", "c"), ("status=inactive,lead", "ca"), ("status=", "edcba"),
            ("tags=x", "ba"), ("tags=x,y", "cba"), ("tags=x&tags=y", "cba"), ("tags=x,y&tagsMode=all", "b"),
            ("tags=x&tags=y&tagsMode=ALL", "b"), ("tags=none", ""), ("tags=x,,%20y", "cba"),
            ("source=web", "ca"), ($"ownerId={org.Staff.Id}", "dc"), ($"ownerId={Guid.NewGuid()}", ""),
            ($"tags=y&source=web&status=inactive&ownerId={org.Staff.Id}&search=c", "c"),
            ("TAGS=x", "ba"), ("unknown=1", "edcba"),
        })
        {
            var reply = (await org.Owner.Get($"/contacts?{query}")).Expect(200);
            Assert.True(
                names == string.Concat(reply.Texts("contacts", "name")) && reply.Page("total") == names.Length, $"{query}: expected {names}: {reply.Body}");
        }
    }

    [Theory]
    [InlineData("status=gone", "status")]
    [InlineData("status=lead,gone", "status")]
    [InlineData("tagsMode=some", "tagsMode")]
    [InlineData("ownerId=12", "ownerId")]
    [InlineData("sortBy=shoeSize", "sortBy")]
    [InlineData("sortOrder=up", "sortOrder")]
    [InlineData("page=0", "page")]
    [InlineData("page=-1", "page")]
    [InlineData("page=x", "page")]
    [InlineData("page=1.5", "page")]
    [InlineData("page=99999999999", "page")]
    [InlineData("pageSize=0", "pageSize")]
    [InlineData("limit=0", "limit")]
    [InlineData("cursor=abc", "cursor")]
    [InlineData("cursor=%21", "cursor")]
    [InlineData("search=%00", "search")]
    public async Task A_bad_parameter_is_named(string query, string field)
    {
        var org = await services.App.NewOrganization();
        var reply = (await org.Owner.Get($"/contacts?{query}")).Expect(400, "VALIDATION_ERROR");
        Assert.Equal([field], reply.Fields);
        Assert.StartsWith(field, reply.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_is_at_most_200_characters()
    {
        var org = await services.App.NewOrganization();
        (await org.Owner.Get($"/contacts?search={new string('x', 200)}")).Expect(200);
        Assert.Equal(["search"], (await org.Owner.Get($"/contacts?search={new string('x', 201)}")).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Theory]
    [InlineData("createdAt")]
    [InlineData("updatedAt")]
    [InlineData("lastActivityAt")]
    [InlineData("name")]
    [InlineData("email")]
    public async Task Every_order_goes_both_ways_and_keeps_ties_apart(string field)
    {
        var org = await services.App.NewOrganization();
        // Three values of each field, and none, on twelve contacts: many ties.
        for (var number = 0; number < 12; number++)
        {
            var created = await org.Owner.Post(
                "/contacts", new { name = $"{"bAc"[number % 3]}", email = number % 4 == 0 ? null : $"{"zyx"[number % 3]}@example.com", allowDuplicate = true });
            var id = created.Expect(201).Data.GetProperty("id").GetGuid();
            var time = new DateTimeOffset(2026, 1, 1 + number % 3, 0, 0, 0, TimeSpan.Zero);
            if (number % 4 == 0)
                await services.App.Sql("update contacts set created_at = $2, updated_at = $2 where id = $1", id, time);
            else
                await services.App.Sql("update contacts set created_at = $2, updated_at = $2, last_activity_at = $2 where id = $1", id, time);
        }

        var rows = (await org.Owner.Get($"/contacts?sortBy={field}&sortOrder=asc")).Expect(200).Data.GetProperty("contacts").EnumerateArray()
            .Select(row => (Id: row.GetProperty("id").GetGuid(), Value: row.GetProperty(field).GetString()?.ToLowerInvariant())).ToArray();
        Assert.Equal(12, rows.Length);
        var values = rows.Select(row => row.Value).Where(value => value is not null);
        Assert.Equal(values.Order(StringComparer.Ordinal), values);
        foreach (var tie in rows.GroupBy(row => row.Value, StringComparer.Ordinal))
            Assert.Equal(tie.Select(row => row.Id).OrderBy(id => id.ToString("N"), StringComparer.Ordinal), tie.Select(row => row.Id));

        var ids = rows.Select(row => row.Id);
        Assert.Equal(ids.Reverse(), (await org.Owner.Get($"/contacts?sortBy={field.ToUpperInvariant()}&sortOrder=DESC")).Expect(200).Ids("contacts"));
        var paged = new List<Guid>();
        for (var page = 1; page <= 3; page++)
            paged.AddRange((await org.Owner.Get($"/contacts?sortBy={field}&sortOrder=asc&pageSize=5&page={page}")).Expect(200).Ids("contacts"));
        Assert.Equal(ids, paged);
    }
}
