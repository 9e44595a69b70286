using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Crm.Shared.Liquid;
using Fluid;

namespace Crm.Functions.Tests.Liquid;

/// <summary>Random templates of canonical names say the same here and in Fluid as it comes: what stands around it changes no word.</summary>
public sealed class RenderPropertyTests
{
    private const int Rounds = 2_000;
    private const int Deepest = 3;

    private static readonly string[] Names = ["first_name", "last_name", "email", "job_title", "company_name", "nobody"];
    private static readonly string[] Filters =
        ["", " | upcase", " | default: \"a<b\"", " | append: 'x' | size", " | truncate: 4", " | replace: 'n', '&'", " | url_encode"];
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_template_says_what_fluid_says(int seed)
    {
        var random = new Random(seed);
        var parser = new FluidParser();
        var values = Names.Where(name => name is not ("nobody" or "job_title")).ToDictionary(name => name, name => (object?)$"<{name}> & \"co\"");
        var options = new TemplateOptions();
        for (var round = 0; round < Rounds; round++)
        {
            var source = Make(random, 0);
            var (text, fault) = LiquidText.Read(source, TextKind.Html);
            Assert.True(fault is null, $"{source}\n{fault}");
            var plain = parser.Parse(source).Render(new TemplateContext(values, options), Encoder);

            var (rendered, problem) = text!.Render(new(values, new Dictionary<string, object?>(), DateTimeOffset.UnixEpoch));

            Assert.True(rendered == plain, $"{source}\n{plain}\n{rendered}{problem}");
        }
    }

    private static string Make(Random random, int depth)
    {
        var text = new StringBuilder();
        for (var part = random.Next(1, 5); part > 0; part--)
            text.Append(random.Next(depth == Deepest ? 4 : 8) switch
            {
                0 => " <b>text</b>\n",
                1 => "{ } %} ",
                2 or 3 => $"{{{{ {Name(random)}{Filters[random.Next(Filters.Length)]} }}}}",
                4 => $"{{% if {Name(random)} %}}{Make(random, depth + 1)}{{% else %}}{Make(random, depth + 1)}{{% endif %}}",
                5 => $"{{%- unless {Name(random)} == {Name(random)} -%}}{Make(random, depth + 1)}{{% endunless %}}",
                6 => $"{{% for i in (1..{random.Next(1, 4)}) %}}{{{{ i }}}}{Make(random, depth + 1)}{{% endfor %}}",
                _ => $"{{% assign v = {Name(random)}{Filters[random.Next(Filters.Length)]} %}}{{{{ v }}}}",
            });
        return text.ToString();
    }

    private static string Name(Random random) => Names[random.Next(Names.Length)];
}
