using Crm.Shared.Liquid;

namespace Crm.Functions.Tests.Liquid;

/// <summary>A template is written by users, and could end the process, or take all of its memory or time: each way is closed before it is gone.</summary>
public sealed class BombTests
{
    private const int SmallStack = 256 * 1024;

    [Theory]
    [InlineData("{% if a %}", 600, "x", "", "Blocks nest deeper than 20")]
    [InlineData("{% if a %}", 600, "x", "{% endif %}", "Blocks nest deeper than 20")]
    [InlineData("{% unless a %}{% case b %}{% when 1 %}", 300, "", "", "Blocks nest deeper than 20")]
    [InlineData("{{ a }}", 14_000, "", "", "more than 2000 outputs and tags")]
    [InlineData("{% for i in (1..2) %}", 10_000, "", "", "Blocks nest deeper than 20")]
    [InlineData("{{ a[", 1, "", "]]]]]", "not closed")]
    [InlineData("{% comment %}", 5_000, "", "", "endcomment")]
    [InlineData("{{", 50_000, "", "", "not closed")]
    [InlineData("{", 100_000, "", "", "not closed")]
    [InlineData("{% if a", 1, "", "", "not closed")]
    [InlineData("{% if a %}", 1, "", "", "endif")]
    [InlineData("{{ 'a", 1, " }}", "", "quote")]
    [InlineData("{{ 'a\\' }}", 1, "", "", "backslash")]
    [InlineData("{% for i in (1..100000000) %}", 1, "x", "{% endfor %}", "at most 100 apart")]
    [InlineData("{% for i in (-100000000..5) %}", 1, "x", "{% endfor %}", "")]
    [InlineData("{% for i in (first_name..email) %}", 1, "x", "{% endfor %}", "at most 100 apart")]
    [InlineData("{% assign r = (1..99999999999) %}", 1, "", "", "at most 100 apart")]
    [InlineData("{% for i in (1..100) %}", 4, "x", "{% endfor %}", "too many steps")]
    [InlineData("{% assign s = 'aaaaaaaaaa' %}", 1, "{% assign s = s | append: s %}", "", "grows too long", 27)]
    [InlineData("{% for i in (1..100) %}", 1, "{% assign s = s | append: 'aaaaaaaaaaaaaaaaaaaa' | append: s %}", "{% endfor %}", "grows too long")]
    [InlineData("{% assign s = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}", 1, "{% assign s = s | replace: 'a', s %}", "", "grows too long", 4)]
    [InlineData("{{ 'now' | date: '%999999999Y' }}", 1, "", "", "grows too long")]
    [InlineData("{{ 1 | divided_by: 0 }}", 1, "", "", "divides by zero")]
    [InlineData("{{ 99999999999999999999999999 | times: 99999999999999999999999999 }}", 1, "", "", "cannot be rendered")]
    [InlineData("{{ 1 | round: 100000 }}", 1, "", "", "cannot be rendered")]
    public void A_template_that_nests_or_grows_without_end_is_refused_soon(string open, int times, string middle, string close, string problem, int middles = 1)
    {
        Refused(Repeat(open, times) + Repeat(middle, middles) + Repeat(close, times), problem);
    }

    [Fact]
    public void Brackets_nest_a_few_levels_deep_and_no_deeper()
    {
        Refused("{{ " + Repeat("a[", 1_500) + Repeat("]", 1_500) + " }}", "'[' may not stand here");
        Refused("{{ " + Repeat("(", 1_500) + " }}", "'(' may not stand here");
        Refused("{% if " + Repeat("(", 900) + "a" + Repeat(")", 900) + " %}{% endif %}", "'(' may not stand here");
    }

    [Fact]
    public void A_long_text_in_a_loop_is_cut_off()
    {
        Refused(Repeat("{% for i in (1..100) %}", 1) + new string('x', 90_000) + "{% endfor %}", "grows longer");
    }

    [Fact]
    public void Filters_are_work_too()
    {
        // Neither steps nor output grow: fifty filters of a long value, a thousand times.
        var grown = "{% assign s = 'aaaaaaaaaa' %}" + Repeat("{% assign s = s | append: s %}", 10);
        var work = $"{{% for i in (1..100) %}}{{% for j in (1..50) %}}{{% assign t = s {Repeat("| upcase ", 50)} %}}{{% endfor %}}{{% endfor %}}";
        Refused(grown + work, "too much work");
    }

    [Theory]
    [InlineData("{{ a", "| upcase", 200, " }}")]
    [InlineData("{{ a", ".a", 900, " }}")]
    [InlineData("{% if a", " and a", 300, " %}x{% endif %}")]
    [InlineData("{% if a %}", "{% elsif b %}", 1_990, "{% endif %}")]
    [InlineData("{% case a %}", "{% when 1 %}", 1_990, "{% endcase %}")]
    public void What_is_long_without_nesting_fits_on_a_small_stack(string open, string middle, int times, string close)
    {
        var (text, fault) = OnSmallStack(open + Repeat(middle, times) + close);
        Assert.Null(fault);
        Assert.NotNull(text);
    }

    [Theory]
    [InlineData("<div>", "", 9_900)]
    [InlineData("<table><tr><td>", "", 3_300)]
    [InlineData("<p><b>", "", 4_900)]
    [InlineData("<!--", "", 9_900)]
    [InlineData("<p style=\"width:", "calc(", 9_900)]
    [InlineData("<style>", "@media screen{", 9_900)]
    [InlineData("<style>", ":not(", 9_900)]
    [InlineData("<style>", "a{", 9_900)]
    public void Html_that_nests_too_deep_is_refused_and_less_of_it_fits(string open, string inner, int fits)
    {
        var html = (int times) => inner.Length == 0 ? Repeat(open, times) + "x" : open + Repeat(inner, times) + "x";
        Assert.Contains("more than", MailHtml.Clean(html(50_000)).Fault?.Problem, StringComparison.Ordinal);

        var (clean, fault) = MailHtml.Clean(html(fits));

        Assert.Null(fault);
        MailText.Of(clean!);
    }

    private static void Refused(string source, string problem)
    {
        var (_, fault) = OnSmallStack(source);
        Assert.Contains(problem, fault?.Problem, StringComparison.Ordinal);
    }

    // A stack that is too small ends the test run, as it would end the app.
    private static (string? Text, LiquidFault? Fault) OnSmallStack(string source)
    {
        (string? Text, LiquidFault? Fault) result = default;
        var thread = new Thread(
            () =>
            {
                var (text, fault) = LiquidText.Read(source, TextKind.Html);
                result = fault is null ? text!.Render(MergeValues.Examples(DateTimeOffset.UnixEpoch)) : (null, fault);
            },
            SmallStack);
        thread.Start();
        thread.Join();
        return result;
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
