using AngleSharp.Html.Parser;
using Crm.Shared.Liquid;

namespace Crm.Functions.Tests.Liquid;

/// <summary>Whatever html is made of, and whatever a contact's values hold: a browser that shows the rendered mail finds nothing to run.</summary>
public sealed class MailHtmlPropertyTests
{
    private const int Rounds = 3_000;

    private static readonly string[] Pieces =
    [
        "<p>", "</p>", "<a href=\"", "<a href='", "<a href=", "\">", "'>", ">", "<img src=\"", "</a>", "<b title=\"", "<b class='", "<table>", "<tr>", "<td>",
        "</table>", "<style>", "</style>", "<script>", "</script>", "<title>", "</title>", "<!--", "-->", "<svg>", "</svg>", "<math>", "<textarea>",
        "</textarea>", "<noscript>", "<template>", "<xmp>", "<plaintext>", "<select>", "<iframe>", "<body ", "<html>", "<head>", "</body>", "onclick=",
        "onload=\"x\" ", "javascript:", "data:", "https://", "mailto:", "//", "/", "#", " ", "\n", "\"", "'", "=", "&quot;", "&lt;", "&#123;",
        "&#123;&#123;", "{", "}", "}}", "{{", "{%", "%}", "{{ email }}", "{{ custom.evil }}", "{{ custom.js }}", "{{ 'x' }}", "{{ \"x\" }}",
        "{{ unsubscribe_url }}", "{% if a %}", "{% endif %}", "{% if email %}", "{% comment %}", "{% endcomment %}", "{% # x %}", "{% assign q = 'java' %}",
        "{{ q }}script:alert(1)", "{{ '<script>' }}", "{{- email -}}", "lq", "n0q", "<", "</", "<!", "&", "x", "style=\"", "color:", "url(", ")",
        "<meta http-equiv=refresh content=\"0;url=", "<base href=\"", "<link rel=stylesheet href=\"", "<object data=\"", "<form action=\"",
        "<button formaction=\"", "<area href=\"", "<video src=\"", "background=\"", "srcset=\"", "xlink:href=\"", "\u00a0", "&Tab;", "&colon;",
        "{{ '&quot;' }}", "{{&nbsp;email}}",
    ];

    private static readonly string[] Running = ["script", "iframe", "object", "embed", "base", "link", "form", "button", "svg", "math"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Nothing_runs(int seed)
    {
        var random = new Random(seed);
        var rendered = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var source = string.Concat(Enumerable.Range(0, random.Next(2, 14)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            if (MailHtml.Clean(source).Html is not { } clean || LiquidText.Read(clean, TextKind.Html).Text is not { } text
                || text.Render(Evil()).Text is not { } mail)
                continue;
            rendered++;
            Check(mail, $"{source}\n{clean}\n{mail}");
            // The text part is a template too, of the same variables.
            var plain = LiquidText.Read(MailText.Of(clean), TextKind.Plain);
            Assert.True(plain.Fault is null && plain.Text!.Variables.All(name => text.Variables.Contains(name)), $"{source}\n{clean}\n{plain.Fault}");
        }

        Assert.True(rendered > Rounds / 4, "Nearly everything was refused.");
    }

    private static void Check(string mail, string what)
    {
        using var document = new HtmlParser().ParseDocument(mail);
        foreach (var element in document.All)
        {
            Assert.False(Running.Contains(element.LocalName, StringComparer.Ordinal), what);
            foreach (var attribute in element.Attributes)
            {
                Assert.False(attribute.Name.StartsWith("on", StringComparison.Ordinal) || attribute.Name is "http-equiv" or "srcdoc" or "formaction", what);
                var value = string.Concat(attribute.Value.Where(c => !char.IsWhiteSpace(c) && !char.IsControl(c)));
                var runs = new[] { "javascript:", "data:" }.Any(scheme => value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));
                Assert.False(runs && attribute.Name is ("href" or "src" or "background" or "action" or "srcset"), what);
            }
        }
    }

    private static MergeValues Evil()
    {
        var values = MergeValues.ExamplesByName();
        values["email"] = "\"onmouseover=alert(1) x='";
        return new(values, new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
        {
            ["evil"] = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>",
            ["js"] = "javascript:alert(1)",
        }, DateTimeOffset.UnixEpoch);
    }
}
