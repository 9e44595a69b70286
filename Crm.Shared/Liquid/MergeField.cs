using System.Text;

namespace Crm.Shared.Liquid;

/// <summary>Whose value a merge field holds.</summary>
public enum MergeGroup
{
    Contact,
    Organization,
    Invoice,
}

/// <summary>A value that templates may name.</summary>
/// <param name="Name">As the catalogue calls it, in snake_case.</param>
/// <param name="Group">Whose value it is.</param>
/// <param name="About">What it holds.</param>
/// <param name="Example">What it may hold.</param>
/// <param name="OtherNames">More names for it, in snake_case; each has its camelCase twin.</param>
public sealed record MergeField(string Name, MergeGroup Group, string About, string Example, params string[] OtherNames)
{
    /// <summary>Whether it is a whole address, which a link may consist of.</summary>
    public bool IsUrl { get; init; }

    /// <summary>All other spellings that are shown. Case never matters.</summary>
    public IReadOnlyList<string> Aliases => [.. new[] { Name }.Concat(OtherNames).SelectMany(Spellings).Where(name => name != Name).Distinct()];

    private static IEnumerable<string> Spellings(string name) => [name, Camel(name)];

    private static string Camel(string name)
    {
        var camel = new StringBuilder();
        for (var at = 0; at < name.Length; at++)
            camel.Append(name[at] == '_' ? char.ToUpperInvariant(name[++at]) : name[at]);
        return camel.ToString();
    }
}
