using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Campaigns;

/// <summary>A campaign's texts as its first send freezes them.</summary>
public sealed class CampaignSnapshotTests(TestServices services)
{
    private const string Token = "{{ recipient_token }}";

    private const string Pixel = $"""<img src="http://crm.test/t/o/{Token}.gif" alt="" width="1" height="1" style="border: 0">""";

    private readonly TestApp _app = services.App;

    [Fact]
    public async Task Links_lead_to_the_tracker_and_opens_are_counted()
    {
        var (texts, links) = await Freeze("email", "{}", "Hi", "Hello", """
            <p class="x">Hello {{ first_name }}</p><a href="https://a.test/?x=1&amp;y=2">A</a> <a href="https://b.test">B</a>
            <a href="https://a.test/?x=1&amp;y=2">A again</a> <a href="{{ unsubscribe_url }}">off</a>
            """);
        Assert.Equal($"""
            <p class="x">Hello {"{{ first_name }}"}</p><a href="http://crm.test/t/c/{Token}.1">A</a> <a href="http://crm.test/t/c/{Token}.2">B</a>
            <a href="http://crm.test/t/c/{Token}.1">A again</a> <a href="{"{{ unsubscribe_url }}"}">off</a>{Pixel}
            """, texts.Html);
        Assert.Equal("1 https://a.test/?x=1&y=2, 2 https://b.test", links);
        Assert.Equal("Hi", texts.Subject);
    }

    [Fact]
    public async Task Nothing_is_tracked_that_is_not_to_be_and_everybody_can_unsubscribe()
    {
        const string Settings = """{"trackOpens":false,"trackClicks":false,"abTest":{"subjectB":"Other","sharePercent":20,"waitMinutes":60}}""";
        var (texts, links) = await Freeze("email", Settings, "Hi", "Hello", "<a href=\"https://a.test\">A</a>");
        Assert.StartsWith("<a href=\"https://a.test\">A</a><p style=", texts.Html, StringComparison.Ordinal);
        Assert.Contains("<a href=\"{{ unsubscribe_url }}\"", texts.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("recipient_token", texts.Html, StringComparison.Ordinal);
        Assert.Equal("Hello\n\n--\nUnsubscribe: {{ unsubscribe_url }}\n", texts.Content);
        Assert.Equal(("", "Other"), (links, texts.SubjectB));
    }

    [Fact]
    public async Task A_text_is_made_of_the_html_where_there_is_none_and_stays_plain_where_there_is_no_html()
    {
        var (made, _) = await Freeze("email", "{}", "Hi", null, "<p>Hello <a href=\"https://a.test\">A</a></p>");
        Assert.Equal("Hello A (https://a.test)\n\n--\nUnsubscribe: {{ unsubscribe_url }}\n", made.Content);
        var (plain, _) = await Freeze("email", "{}", "Hi", "Hello {{ unsubscribeUrl }}", null);
        Assert.Equal(("Hello {{ unsubscribeUrl }}", null), (plain.Content, plain.Html));
    }

    [Fact]
    public async Task An_sms_is_its_content_alone()
    {
        var (texts, _) = await Freeze("sms", "{}", null, "Hello https://a.test", null);
        Assert.Equal(new Texts(null, null, "Hello https://a.test", null), texts);
    }

    [Fact]
    public async Task Where_a_campaign_has_no_texts_its_templates_are_taken()
    {
        var org = await _app.NewOrganization();
        var template = (await org.Owner.Post("/templates", new
        {
            name = "News",
            type = "email",
            subject = "News for {{ first_name }}",
            content = "News",
            htmlContent = "<p>News</p><p><a href=\"https://a.test\">more</a></p>",
        })).Expect(201).Data.GetProperty("id").GetGuid();
        var (texts, links) = await Freeze("email", "{}", "The news", null, null, org, template);
        Assert.Equal("The news", texts.Subject);
        Assert.StartsWith("News\n\n--\n", texts.Content, StringComparison.Ordinal);
        Assert.StartsWith($"<p>News</p><p><a href=\"http://crm.test/t/c/{Token}.1\">more</a></p><p style", texts.Html, StringComparison.Ordinal);
        Assert.Equal("1 https://a.test", links);
    }

    private sealed record Texts(string? Subject, string? SubjectB, string? Content, string? Html);

    private async Task<(Texts Texts, string Links)> Freeze(
        string type, string settings, string? subject, string? content, string? html, TestOrganization? org = null, Guid? template = null)
    {
        org ??= await _app.NewOrganization();
        var contact = (await org.Owner.Post("/contacts", new { name = "Ann", email = $"{Guid.NewGuid():N}@a.test", phone = "+4915112345678" })).Expect(201);
        var id = (await org.Owner.Post("/campaigns", new
        {
            name = "Spring",
            type,
            subject,
            content,
            htmlContent = html,
            templateId = template,
            settings = JsonDocument.Parse(settings).RootElement,
            contactIds = new[] { contact.Data.GetProperty("id").GetGuid() },
        })).Expect(201).Data.GetProperty("id").GetGuid();
        (await org.Owner.Post($"/campaigns/{id}/send", new { })).Expect(200);
        var snapshot = await _app.Scalar<string>("select snapshot::text from campaigns where id = $1", id);
        return (
            JsonSerializer.Deserialize<Texts>(snapshot, JsonSerializerOptions.Web)!,
            await _app.Scalar<string>(
                "select coalesce(string_agg(number || ' ' || url, ', ' order by number), '') from campaign_links where campaign_id = $1", id));
    }
}
