using Crm.Shared.Liquid;

namespace Crm.Functions.Tests.Liquid;

public sealed class LiquidTextTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 14, 30, 0, TimeSpan.FromHours(1));

    [Theory]
    [InlineData("{{first_name}} {{ first_name }} {{firstName}} {{FIRST_NAME}} {{contactFirstName}} {{contact_first_name}} {{ contact.first_name }}",
        "Ann Ann Ann Ann Ann Ann Ann")]
    [InlineData("{{ full_name }} {{ contactName }} {{ contact.name }}", "Ann Smith Ann Smith Ann Smith")]
    [InlineData("{{ company_name }} {{ companyName }} {{ organizationName }}", "Acme Acme Acme")]
    [InlineData("{{ company }} {{ contactCompany }} {{ contact.company }} {{ contact_company }}", "Northwind Northwind Northwind Northwind")]
    [InlineData("{{ invoiceNumber }} {{ invoice_number }} {{dueDateFormatted}}", "INV-2026-0042 INV-2026-0042 December 29, 2026")]
    [InlineData("{{ job_title | default: \"there\" }}!", "there!")]
    [InlineData("{% if company %}at {{ company }}{% else %}nowhere{% endif %}", "at Northwind")]
    [InlineData("{% if job_title %}x{% endif %}{% unless job_title %}y{% endunless %}", "y")]
    [InlineData("{% case company %}{% when 'Northwind' %}N{% else %}?{% endcase %}", "N")]
    [InlineData("{% for i in (1..3) %}{{ i }}{% unless forloop.last %},{% endunless %}{% endfor %}", "1,2,3")]
    [InlineData("{% assign hello = 'Hi ' | append: first_name %}{{ hello }}{% comment %}{{ nothing }}{% endcomment %}", "Hi Ann")]
    [InlineData("{{ custom.plan }} {{ custom[\"Plan name\"] }} {{ custom.seats }} {% if custom.vip %}VIP{% endif %}", "pro Gold 10 VIP")]
    [InlineData("{{ custom.nothing }}{{ nobody }}{{ custom }}", "")]
    [InlineData("{{\u00a0first_name\u00a0}}", "Ann")]
    [InlineData("{{ 'now' | date: '%Y-%m-%d %H:%M' }}", "2026-11-29 14:30")]
    [InlineData("{{ first_name | upcase }} {{ email | url_encode }} {{ company | truncate: 6, '.' }}", "ANN ann%40example.com North.")]
    public void Values_stand_where_their_names_stood(string source, string expected) => Assert.Equal(expected, Render(source, TextKind.Plain));

    [Fact]
    public void Values_and_literals_are_escaped_in_html_and_nowhere_else()
    {
        const string Source = "<b>{{ custom.evil }}</b>{{ '<i>' }}{{ custom.umlaut }}";

        Assert.Equal("<b>&lt;script&gt;&quot;&amp;&#x27;</b>&lt;i&gt;Ä€", Render(Source, TextKind.Html));
        Assert.Equal("<b><script>\"&'</b><i>Ä€", Render(Source, TextKind.Plain));
    }

    [Theory]
    [InlineData("{{ custom.evil | split: '' }}")]
    [InlineData("{{ custom.evil | raw }}")]
    [InlineData("{{ '' | raw | append: custom.evil }}")]
    [InlineData("{{ custom.evil | newline_to_br }}")]
    [InlineData("{% raw %}{{ x }}{% endraw %}")]
    [InlineData("{% capture x %}{% endcapture %}")]
    [InlineData("{% include 'x' %}")]
    [InlineData("{% render 'x' %}")]
    [InlineData("{% echo custom.evil %}")]
    [InlineData("{% liquid echo custom.evil %}")]
    public void Nothing_switches_escaping_off_or_includes(string source) =>
        Assert.StartsWith("Unknown ", LiquidText.Read(source, TextKind.Html).Fault?.Problem, StringComparison.Ordinal);

    [Fact]
    public void A_line_has_no_line_breaks_and_no_controls_whatever_its_values_hold() =>
        Assert.Equal("Hello Ann Bcc: x@example.com !", Render("Hello {{ first_name }}\r\n{{ custom.header }}\u0007!", TextKind.Line));

    [Theory]
    [InlineData("Hello {{ first_name", 1, 7, "'{{' is not closed")]
    [InlineData("Hello\n\n  {% nope %}", 3, 3, "Unknown tag 'nope'")]
    [InlineData("Hello\n{{ first_name | there }}", 2, 17, "Unknown filter 'there'. For a text where the value is empty write | default: \"there\"")]
    [InlineData("a\n{% if a = 1 %}{% endif %}", 2, 6, "Invalid 'if' tag")]
    [InlineData("{{ first name }}", 1, 9, "")]
    [InlineData("{% assign email = 'x' %}", 1, 11, "'email' is a merge field")]
    [InlineData("{{ custom[first_name] }}", 1, 4, "Only custom[\"Field name\"] may have brackets")]
    public void A_fault_says_what_and_where(string source, int line, int column, string problem)
    {
        var fault = LiquidText.Read(source, TextKind.Plain).Fault;

        Assert.NotNull(fault);
        Assert.StartsWith(problem, fault.Problem, StringComparison.Ordinal);
        Assert.Equal((line, column), (fault.Line, fault.Column));
    }

    [Fact]
    public void Names_are_found_wherever_they_stand_and_strange_ones_with_their_place()
    {
        var (text, _) = LiquidText.Read(
            "{{ firstName }}{% if company contains frist %}{% for i in (1..2) %}{{ i }}{{ email | append: custom.Plan }}{% endfor %}{% endif %}\n{{ nope }}",
            TextKind.Html);

        Assert.Equal(["firstName", "company", "frist", "email", "custom.Plan", "nope"], text!.Variables);
        Assert.Equal([new UnknownName("frist", 1, 39), new UnknownName("nope", 2, 4)], text.Unknown);
    }

    [Fact]
    public void A_template_is_read_once()
    {
        var source = $"Hello {Guid.NewGuid()}";

        Assert.Same(LiquidText.Read(source, TextKind.Html).Text, LiquidText.Read(source, TextKind.Html).Text);
        Assert.NotSame(LiquidText.Read(source, TextKind.Html).Text, LiquidText.Read(source, TextKind.Plain).Text);
    }

    [Fact]
    public async Task Many_threads_render_one_template_at_once()
    {
        var text = LiquidText.Read("{% for i in (1..20) %}{{ i }}{{ first_name }}{% endfor %}", TextKind.Html).Text!;
        var expected = text.Render(Values()).Text;

        var rendered = await Task.WhenAll(Enumerable.Range(0, 2_000).Select(_ => Task.Run(() => text.Render(Values()).Text)));

        Assert.All(rendered, one => Assert.Equal(expected, one));
    }

    private static string Render(string source, TextKind kind)
    {
        var (text, fault) = LiquidText.Read(source, kind);
        Assert.True(fault is null, $"{fault}");
        (var rendered, fault) = text!.Render(Values());
        Assert.True(fault is null, $"{fault}");
        return rendered!;
    }

    private static MergeValues Values()
    {
        var values = MergeValues.ExamplesByName();
        values["job_title"] = " ";
        values["email"] = "ann@example.com";
        return new(values, new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
        {
            ["plan"] = "pro",
            ["plan name"] = "Gold",
            ["seats"] = 10m,
            ["VIP"] = true,
            ["evil"] = "<script>\"&'",
            ["umlaut"] = "Ä€",
            ["header"] = "\r\nBcc: x@example.com\r\n",
        }, Now);
    }
}
