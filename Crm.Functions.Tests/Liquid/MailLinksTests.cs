using AngleSharp.Html.Parser;
using Crm.Shared.Liquid;

namespace Crm.Functions.Tests.Liquid;

public sealed class MailLinksTests
{
    [Theory]
    [InlineData("<a href=\"https://a.test/x?a=1&amp;b=2\">A</a>", "<a href=\"[https://a.test/x?a=1&b=2]\">A</a>")]
    [InlineData("<p title=\"{{ first_name }} >\">{% if a %}<A class=\"x\" href=\"HTTP://b.test\">B</A>{% endif %}",
        "<p title=\"{{ first_name }} >\">{% if a %}<A class=\"x\" href=\"[HTTP://b.test]\">B</A>{% endif %}")]
    [InlineData("<table>{% for i in (1..2) %}<tr><td><a href=\"https://a.test\">{{ i }}</a></td></tr>{% endfor %}</table>",
        "<table>{% for i in (1..2) %}<tr><td><a href=\"[https://a.test]\">{{ i }}</a></td></tr>{% endfor %}</table>")]
    [InlineData("<a title=\"{{ x }}\" href=\"https://a.test\">1</a><b><a href=\"https://b.test\"><p>2</a></b>",
        "<a title=\"{{ x }}\" href=\"[https://a.test]\">1</a><b><a href=\"[https://b.test]\"><p>2</a></b>")]
    public void Links_to_the_web_are_led_elsewhere_and_all_else_stays(string html, string expected) =>
        Assert.Equal(expected, MailLinks.Replace(html, url => $"[{url}]"));

    [Theory]
    [InlineData("<a href=\"{{ unsubscribe_url }}\">x</a>")]
    [InlineData("<a href=\"https://a.test/{{ email | url_encode }}\">x</a>")]
    [InlineData("<a href=\"mailto:a@b.test\">x</a><a href=\"tel:+1\">y</a><a href=\"#top\">z</a><a href=\"/x\">r</a>")]
    [InlineData("<img src=\"https://a.test/x.png\"><a>x</a>{{ '<a>' }} &lt;a href=\"https://a.test\">")]
    [InlineData("<!-- <a href=\"https://a.test\"> --><style>a::after { content: ' href=\"x\"' }</style>")]
    public void What_is_no_link_to_the_web_or_only_its_recipient_knows_stays(string html) =>
        Assert.Equal(html, MailLinks.Replace(html, _ => throw new InvalidOperationException("None is to be replaced.")));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Of_whatever_the_sanitizer_leaves_all_links_and_nothing_else_are_led_elsewhere(int seed)
    {
        string[] pieces =
        [
            "<p>", "</p>", "<a href=\"https://a.test/1?x=1&y=2\">", "<a class='c' href='http://b.test'>", "<a href={{ unsubscribe_url }}>", "</a>", "<table>",
            "<tr>", "<td>", "</td>", "</tr>", "</table>", "{% if email %}", "{% endif %}", "{{ first_name }}", "<b title=\" href='x\">", "</b>", "text",
            "<area href=\"https://c.test\">", "<ul><li>", "</ul>", "<a name=x>",
            "<div style=\"color: red\">", "</div>", "&amp;", "\"", "<h1>", "<a href=\"https://d.test/\u00e4\">", "<br>",
        ];
        var random = new Random(seed);
        var parser = new HtmlParser();
        var (read, led) = (0, 0);
        for (var round = 0; round < 1_500; round++)
        {
            var source = string.Concat(Enumerable.Range(0, random.Next(2, 20)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (MailHtml.Clean(source).Html is not { Length: > 0 } clean)
                continue;
            read++;
            var urls = new List<string>();
            var html = MailLinks.Replace(clean, url =>
            {
                urls.Add(url);
                return $"https://t.test/{urls.Count}";
            });
            led += urls.Count;

            // Put back it is what it was.
            var back = html;
            for (var number = urls.Count; number > 0; number--)
                back = back.Replace($"\"https://t.test/{number}\"", $"\"{Escaped(urls[number - 1])}\"", StringComparison.Ordinal);
            Assert.Equal(clean, back);
            using var document = parser.ParseDocument(html);
            Assert.DoesNotContain(
                document.QuerySelectorAll("a[href], area[href]").Select(link => link.GetAttribute("href")!),
                href => !href.Contains("{{", StringComparison.Ordinal) && !href.StartsWith("https://t.test/", StringComparison.Ordinal));
        }

        Assert.True(read > 500 && led > 500, $"{read} were read, {led} links were led elsewhere.");

        static string Escaped(string url) => url.Replace("&", "&amp;", StringComparison.Ordinal);
    }
}
