using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Templates;

public sealed class ListTemplatesTests(TestServices services)
{
    [Fact]
    public async Task Templates_come_newest_first_in_pages_with_creator_and_usage_and_without_html()
    {
        var org = await services.App.NewOrganization();
        for (var number = 1; number <= 3; number++)
            await org.Manager.AddTemplate(new { name = $"T{number}", type = "email", content = "x", htmlContent = "<p>x</p>" });

        var page = (await org.Staff.Get("/templates?page=1&pageSize=2")).Expect(200).Data;

        Assert.Equal(["T3", "T2"], page.OwnNames());
        Assert.Equal(
            """{"page":1,"pageSize":2,"total":8,"totalPages":4,"hasNext":true,"hasPrev":false,"nextCursor":""",
            page.GetProperty("meta").GetProperty("pagination").GetRawText()[..92]);
        var first = page.GetProperty("templates")[0];
        Assert.Equal("[0,true,false,false]", first.Values("usage", "isActive", "isDefault", "isSystem"));
        Assert.Equal("""["Manager","Tester"]""", first.GetProperty("creator").Values("firstName", "lastName"));
        Assert.False(first.TryGetProperty("htmlContent", out _));
    }

    [Fact]
    public async Task Every_page_by_cursor_continues_where_the_last_one_ended()
    {
        var org = await services.App.NewOrganization();
        for (var number = 1; number <= 4; number++)
            await org.Manager.AddTemplate();

        var ids = new List<Guid>();
        string? cursor = null;
        do
        {
            var page = (await org.Owner.Get($"/templates?pageSize=4{(cursor is null ? "" : $"&cursor={cursor}")}")).Expect(200).Data;
            ids.AddRange(page.GetProperty("templates").EnumerateArray().Select(template => template.GetProperty("id").GetGuid()));
            cursor = page.GetProperty("meta").GetProperty("pagination").TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);

        Assert.Equal(9, ids.Distinct().Count());
        Assert.Equal(9, ids.Count);
    }

    [Fact]
    public async Task Type_category_and_search_filter()
    {
        var org = await services.App.NewOrganization();
        await org.Owner.AddTemplate(new { name = "Spring offer", type = "email", content = "Buy 100% wool", category = "News" });
        await org.Owner.AddTemplate(new { name = "Reminder", type = "sms", content = "The SPRING is near", category = "news" });
        await org.Owner.AddTemplate(new { name = "Terms", type = "contract", content = "None", subject = "Spring" });

        Assert.Equal(["Reminder", "Spring offer"], await Names("search=spring"));
        Assert.Equal(["Spring offer"], await Names("search=0%25 w"));
        Assert.Equal(["Spring offer"], await Names("search=spring&type=EMAIL"));
        Assert.Equal(["Reminder", "Spring offer"], await Names("category=NEWS"));
        Assert.Equal(["Terms"], await Names("type=contract"));
        Assert.Equal(["Terms", "Reminder", "Spring offer"], await Names("isActive=true"));
        Assert.Empty(await Names("search=_ring"));

        async Task<string[]> Names(string query) => (await org.Staff.Get($"/templates?{query}")).Expect(200).Data.OwnNames();
    }

    [Theory]
    [InlineData("name", "A, b, C")]
    [InlineData("name&sortOrder=desc", "C, b, A")]
    [InlineData("usage", "b, A, C")]
    [InlineData("updatedAt&sortOrder=asc", "C, A, b")]
    public async Task The_list_can_be_sorted(string sortBy, string expected)
    {
        var org = await services.App.NewOrganization();
        foreach (var (name, usage) in new[] { ("C", 0), ("A", 1), ("b", 2) })
        {
            var template = await org.Owner.AddTemplate(new { name, type = "proposal", content = "x" });
            for (var use = 0; use < usage; use++)
                (await org.Owner.Post($"/templates/{template.GetProperty("id").GetGuid()}/use")).Expect(200);
        }

        Assert.Equal(expected, string.Join(", ", (await org.Owner.Get($"/templates?type=proposal&sortBy={sortBy}")).Expect(200).Data.OwnNames()));
    }

    [Theory]
    [InlineData("type=letter", "type")]
    [InlineData("sortBy=content", "sortBy")]
    [InlineData("page=0", "page")]
    [InlineData("isActive=perhaps", "isActive")]
    public async Task A_question_that_cannot_be_answered_is_refused(string query, string field)
    {
        var org = await services.App.NewOrganization();

        Assert.Equal([field], (await org.Owner.Get($"/templates?{query}")).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task The_catalogue_of_variables_shows_aliases_and_examples()
    {
        var org = await services.App.NewOrganization();

        var variables = (await org.Staff.Get("/templates/variables")).Expect(200).Data.GetProperty("variables").EnumerateArray().ToArray();

        var first = variables.Single(variable => variable.GetProperty("name").GetString() == "first_name");
        Assert.Equal(
            """["contact","Ann",["firstName","contact_first_name","contactFirstName","contact.first_name","contact.firstName"]]""",
            first.Values("group", "example", "aliases"));
        Assert.All(variables, variable => Assert.All(
            new[] { "description", "example" }, field => Assert.NotEqual("", variable.GetProperty(field).GetString())));
        Assert.Contains(variables, variable => variable.GetProperty("name").GetString() == "custom.<key>");
        Assert.All(variables.Take(3), variable => Assert.Equal(JsonValueKind.Array, variable.GetProperty("aliases").ValueKind));
    }
}
