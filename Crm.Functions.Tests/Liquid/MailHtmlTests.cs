using Crm.Shared.Liquid;

namespace Crm.Functions.Tests.Liquid;

public sealed class MailHtmlTests
{
    [Theory]
    [InlineData("<p>Hi</p><script>alert(1)</script>", "<p>Hi</p>")]
    [InlineData("<img src=\"x\" onerror=\"alert(1)\">", "<img src=\"x\">")]
    [InlineData("<a href=\"javascript:alert(1)\">x</a>", "<a>x</a>")]
    [InlineData("<a href=\" JaVa\tscript:alert(1)\">x</a>", "<a>x</a>")]
    [InlineData("<a href=\"data:text/html,x\">x</a>", "<a>x</a>")]
    [InlineData("<form action=\"https://x.example\"><input name=\"a\"></form>", "")]
    [InlineData("<iframe src=\"https://x.example\"></iframe><object></object><svg onload=\"alert(1)\"></svg>", "")]
    [InlineData("<p style=\"color: #333; behavior: url(x)\">x</p>", "<p style=\"color: #333333\">x</p>")]
    [InlineData("<!-- secret --><!--[if mso]><p>x</p><![endif]-->", "")]
    public void What_could_run_is_taken_out(string html, string expected) => Assert.Equal(expected, Clean(html));

    [Theory]
    [InlineData("<a href=\"mailto:ann@example.com\">x</a>")]
    [InlineData("<a href=\"tel:+14155550132\">x</a><a href=\"sms:+14155550132\">x</a><img src=\"cid:logo\">")]
    [InlineData("<p class=\"lead\" style=\"color: #333333\" dir=\"rtl\">x</p><center><font color=\"red\">x</font></center>")]
    [InlineData("<p>{{ first_name | default: \"there\" }} {% if a > 1 and b %}&amp;{% endif %}</p>")]
    [InlineData("<table><tbody>{% for i in (1..2) %}<tr><td>{{ i }}</td></tr>{% endfor %}</tbody></table>")]
    [InlineData("<a href=\"{{ unsubscribe_url }}\">x</a><a href=\"{{paymentLink}}\">x</a>")]
    [InlineData("<a href=\"https://example.com/?q={{ email | url_encode }}&amp;p={{ custom.p }}\">x</a><a href=\"mailto:{{ email }}\">x</a>")]
    [InlineData("<a href=\"https://example.com/{{ custom['a b'] }}\">x</a>")]
    [InlineData("<ul>{% if a %}<li>x</li>{% endif %}</ul>")]
    public void What_mails_need_stays_as_it_is(string html) => Assert.Equal(html, Clean(html));

    [Theory]
    [InlineData("<p style=\"color: {{ custom.color }}\">x</p>", "{{ custom.color }}", 18)]
    [InlineData("<p onclick=\"{{ a }}\">x</p>", "{{ a }}", 13)]
    [InlineData("<style>p { color: {{ a }} }</style>", "{{ a }}", 19)]
    [InlineData("<p {{ a }}>x</p>", "{{ a }}", 4)]
    [InlineData("<input value=\"{{ a }}\">", "{{ a }}", 15)]
    [InlineData("<script>{{ a }}</script>", "{{ a }}", 9)]
    [InlineData("<a href=\"{{ 'javascript:alert(1)' }}\">x</a>", "{{ 'javascript:alert(1)' }}", 10)]
    [InlineData("<a href=\"{{ custom.link }}\">x</a>", "{{ custom.link }}", 10)]
    [InlineData("<a href=\"java{{ 'script:alert(1)' }}\">x</a>", "{{ 'script:alert(1)' }}", 14)]
    [InlineData("<a href=\"//{{ custom.host }}\">x</a>", "{{ custom.host }}", 12)]
    [InlineData("<a href=\"{{ unsubscribe_url }}{{ custom.more }}\">x</a>", "{{ unsubscribe_url }}", 10)]
    [InlineData("<a href=\"{{ unsubscribe_url | prepend: 'javascript:' }}\">x</a>", "{{ unsubscribe_url | prepend: 'javascript:' }}", 10)]
    public void Liquid_that_cannot_stay_is_named(string html, string liquid, int column)
    {
        var fault = MailHtml.Clean(html).Fault;

        Assert.StartsWith($"{liquid} cannot stand here", fault?.Problem, StringComparison.Ordinal);
        Assert.Equal((1, column), (fault!.Line, fault.Column));
    }

    [Theory]
    [InlineData("{{ '<script>alert(1)</script>' }}")]
    [InlineData("{{ 'a\\'' }}<script>alert(1)</script>{{ '' }}")]
    [InlineData("{% raw %}<script>alert(1)</script>{% endraw %}")]
    [InlineData("<a title=\"{{ custom['a'] | default: &quot;x&quot; }}\">x</a>")]
    public void Liquid_that_hides_markup_is_refused(string html) => Assert.NotNull(MailHtml.Clean(html).Fault);

    [Theory]
    [InlineData("&#123;&#123; email }}")]
    [InlineData("{&#123; email }}")]
    [InlineData("&lbrace;{ email }}")]
    [InlineData("<p title=\"&#123;&#123; email }}\">x</p>")]
    [InlineData("&#123;% if a %}")]
    public void Braces_that_were_entities_do_not_become_Liquid(string html)
    {
        var clean = Clean(html);

        Assert.Empty(LiquidText.Read(clean, TextKind.Html).Text!.Variables);
        Assert.Empty(LiquidText.Read(MailText.Of(clean), TextKind.Plain).Text!.Variables);
    }

    [Fact]
    public void What_editors_write_into_Liquid_is_read_as_it_was_meant() =>
        Assert.Equal("<p>{{ first_name | default: \"x\"}}</p>", Clean("<p>{{&nbsp;first_name | default: &quot;x&quot;}}</p>"));

    [Theory]
    [InlineData("<p>{{ a }}<b>x</p>y{{ b }}</b>")]
    [InlineData("<table>x{{ a }}<tr><td>y</table>")]
    [InlineData("<html><head><title>{{ a }}</title><style>@media (max-width: 9px) { p { color: red } }</style></head><body>{{ b }}</body></html>")]
    [InlineData("<p>&lt;b&gt; &amp; {{ a }}</p>")]
    public void Clean_html_is_clean(string html)
    {
        var clean = Clean(html);

        Assert.Equal(clean, Clean(clean));
    }

    [Fact]
    public void The_text_part_says_what_the_html_says()
    {
        const string Html = """
            <html><head><title>No</title><style>p { color: red }</style></head><body>
            <h1>Hello {{ first_name }}</h1><p>One   &amp;
            two</p><ul>{% if company %}<li>Three</li>{% endif %}<li>Four</li></ul>
            <a href="https://example.com/">Five</a> <a href="mailto:a@example.com">a@example.com</a><img src="x" alt="Six"><hr>
            <table><tr><td>7</td><td>8</td></tr></table>
            </body></html>
            """;

        Assert.Equal(
            """
            Hello {{ first_name }}

            One & two

            {% if company %}
            - Three{% endif %}
            - Four

            Five (https://example.com/) a@example.com (mailto:a@example.com)Six
            ---

            7 8
            """.ReplaceLineEndings("\n"),
            MailText.Of(Clean(Html)));
    }

    [Theory]
    [InlineData("{% if company %}<p>One</p>{% endif %}", "{% if company %}\n\nOne\n\n{% endif %}")]
    [InlineData("{{ first_name }}", "{{ first_name }}")]
    [InlineData("<html><body><p>One</p></body></html>{{ email }}", "One\n\n{{ email }}")]
    public void Liquid_before_and_after_all_tags_is_in_the_text_too(string html, string text) => Assert.Equal(text, MailText.Of(Clean(html)));

    private static string Clean(string html)
    {
        var (clean, fault) = MailHtml.Clean(html);
        Assert.True(fault is null, $"{fault}");
        return clean!;
    }
}
