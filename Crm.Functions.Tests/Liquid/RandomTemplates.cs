using System.Text;

namespace Crm.Functions.Tests.Liquid;

/// <summary>Templates made at random, of names, filters, blocks and names of their own.</summary>
internal sealed class RandomTemplates(int seed, string[] names, string[] filters)
{
    private const int Deepest = 3;

    private readonly Random _random = new(seed);

    public string Next() => Make(0);

    private string Make(int depth)
    {
        var text = new StringBuilder();
        for (var part = _random.Next(1, 5); part > 0; part--)
            text.Append(_random.Next(depth == Deepest ? 4 : 10) switch
            {
                0 => " <b>text</b>\n",
                1 => "{ } %} ",
                2 or 3 => $"{{{{ {Name}{Filter} }}}}",
                4 => $"{{% if {Name} %}}{Make(depth + 1)}{{% else %}}{Make(depth + 1)}{{% endif %}}",
                5 => $"{{%- unless {Name} == {Name} -%}}{Make(depth + 1)}{{% endunless %}}",
                6 => $"{{% for i in (1..{_random.Next(1, 4)}) %}}{{{{ i }}}}{Make(depth + 1)}{{% endfor %}}",
                7 => $"{{% case {Name} %}}{{% when {Name} %}}{Make(depth + 1)}{{% else %}}{Make(depth + 1)}{{% endcase %}}",
                8 => $"{{% if {Name} %}}{{% assign {Local} = {Name}{Filter} %}}{{% endif %}}{{{{ {Local}{Filter} }}}}",
                _ => $"{{% assign {Local} = {Name}{Filter} %}}{{{{ {Local} }}}}",
            });
        return text.ToString();
    }

    private string Name => _random.Next(4) == 0 ? Local : names[_random.Next(names.Length)];

    private string Local => _random.Next(2) == 0 ? "v" : "w";

    private string Filter => filters[_random.Next(filters.Length)];
}
