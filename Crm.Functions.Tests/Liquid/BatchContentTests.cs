using Crm.Shared.Liquid;

namespace Crm.Functions.Tests.Liquid;

/// <summary>A mail made for many says to each of them what it says when it is made for them alone.</summary>
public sealed class BatchContentTests
{
    private const int Rounds = 1_500;
    private const int Contacts = 4;

    private static readonly string[] Names =
    [
        "first_name", "lastName", "email", "contact.job_title", "company_name", "organizationName", "sender_name", "custom.plan", "custom[\"Plan B\"]",
        "unsubscribe_url", "recipient_token", "invoice_total", "nobody", "forloop.index", "'<lit>'", "'now'",
    ];

    private static readonly string[] Filters =
    [
        "", "", " | upcase", " | default: \"a<b\"", " | append: company_name", " | append: v", " | truncate: 4", " | replace: 'n', '&'", " | url_encode",
        " | date: '%Y %H'", " | size", " | default: first_name",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Shared_text_and_substitutions_are_the_whole_text(int seed)
    {
        var templates = new RandomTemplates(seed, Names, Filters);
        var random = new Random(seed);
        var (compared, tagged) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var (html, text) = (Read(templates.Next(), TextKind.Html), Read(templates.Next(), TextKind.Plain));
            if (html is null || text is null)
                continue;
            var batch = BatchContent.Make(text, html, Values(null));
            for (var contact = 0; contact < Contacts; contact++)
            {
                var values = Values(Contact(random));
                if (batch?.Of(values) is not { } substitutions)
                    continue;
                tagged += substitutions.Count > 0 ? 1 : 0;
                foreach (var order in new[] { substitutions, substitutions.Reverse() })
                {
                    Assert.Equal(html.Render(values).Text, Apply(batch.Html!, order));
                    Assert.Equal(text.Render(values).Text, Apply(batch.Text!, order));
                }

                compared++;
            }
        }

        Assert.True(compared > Rounds * Contacts * 3 / 4 && tagged > compared / 2, $"{compared} were compared, {tagged} had tags.");
    }

    [Fact]
    public void What_is_the_same_for_all_is_no_substitution_and_equal_outputs_share_one()
    {
        var html = Read(
            "{{ company_name }} {{ first_name }} {{ firstName }} {{ contact.first_name | upcase }} {% if company_name %}x{% endif %}", TextKind.Html);
        var batch = BatchContent.Make(null, html, Values(null))!;
        var substitutions = batch.Of(Values(new() { ["first_name"] = "<Ann>" }))!;

        Assert.Null(batch.Text);
        Assert.Matches("^Acme &amp; Co (-[a-z]{6}1-) \\1 (-[a-z]{6}2-) x$", batch.Html);
        Assert.Equal(["&lt;Ann&gt;", "&lt;ANN&gt;"], substitutions.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value));
    }

    [Fact]
    public void Whose_own_words_are_too_many_goes_alone()
    {
        var manyTags = Read(string.Concat(Enumerable.Range(0, 101).Select(n => $"{{{{ custom.c{n} }}}}")), TextKind.Html);
        Assert.Null(BatchContent.Make(null, manyTags, Values(null))!.Of(Values([])));
        var hundred = Read(string.Concat(Enumerable.Range(0, 100).Select(n => $"{{{{ custom.c{n} }}}}")), TextKind.Html);
        Assert.Equal(100, BatchContent.Make(null, hundred, Values(null))!.Of(Values([]))!.Count);

        // A tag of nine bytes, and letters of two.
        var long1 = BatchContent.Make(Read("{{ first_name }}", TextKind.Plain), null, Values(null))!;
        Assert.NotNull(long1.Of(Values(new() { ["first_name"] = new string('ä', 3995) })));
        Assert.Null(long1.Of(Values(new() { ["first_name"] = new string('ä', 3996) })));
    }

    [Fact]
    public void What_cannot_be_rendered_is_left_to_who_renders_it_alone()
    {
        Assert.Null(BatchContent.Make(Read("{{ 1 | divided_by: 0 }}", TextKind.Plain), null, Values(null)));
        var forSome = BatchContent.Make(Read("{% if first_name %}{{ 1 | divided_by: 0 }}{% endif %}", TextKind.Plain), null, Values(null))!;
        Assert.Null(forSome.Of(Values(new() { ["first_name"] = "Ann" })));
        Assert.NotNull(forSome.Of(Values([])));
    }

    private static LiquidText? Read(string source, TextKind kind) => LiquidText.Read(source, kind).Text;

    private static string Apply(string text, IEnumerable<KeyValuePair<string, string>> substitutions) =>
        substitutions.Aggregate(text, (sofar, tag) => sofar.Replace(tag.Key, tag.Value, StringComparison.Ordinal));

    private static Dictionary<string, object?> Contact(Random random)
    {
        var values = new Dictionary<string, object?>();
        foreach (var name in new[] { "first_name", "last_name", "email", "job_title", "unsubscribe_url", "recipient_token", "plan", "Plan B" })
            values[name] = random.Next(4) switch { 0 => null, 1 => "", 2 => $"<{name}> & -1- -a1-", _ => $"{random.Next(10)}" };
        return values;
    }

    private static MergeValues Values(Dictionary<string, object?>? contact)
    {
        var values = new Dictionary<string, object?>(contact ?? [], StringComparer.Ordinal) { ["company_name"] = "Acme & Co", ["sender_name"] = "Olivia" };
        var zone = contact?.GetValueOrDefault("email") is null ? TimeSpan.Zero : TimeSpan.FromHours(9);
        return new(values, new Dictionary<string, object?>(contact ?? [], StringComparer.OrdinalIgnoreCase), DateTimeOffset.UnixEpoch.ToOffset(zone));
    }
}
