using System.Text.RegularExpressions;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Architecture;

/// <summary>Areas use one another one way.</summary>
public sealed partial class AreaTests
{
    [Fact]
    public void No_area_uses_one_that_uses_it()
    {
        var root = Path.Combine(Repository.Root, "Crm.Functions");
        var uses = Directory.EnumerateDirectories(root)
            .Where(folder => Path.GetFileName(folder) is not ("bin" or "obj" or "Properties"))
            .ToDictionary(folder => Path.GetFileName(folder), Used, StringComparer.Ordinal);
        // Named in the project file, as everybody uses them: what the lowest two use is read off the names of their types.
        if (Names("Replies", "Requests"))
            uses["Requests"].Add("Replies");
        if (Names("Requests", "Replies"))
            uses["Replies"].Add("Requests");
        foreach (var (area, used) in uses.Where(pair => pair.Key is not ("Requests" or "Replies")))
            used.UnionWith(["Requests", "Replies"]);

        var circles = uses.Keys.Where(area => Reached(area, uses).Contains(area)).Select(area => $"{area} uses {string.Join(", ", uses[area])}").ToArray();
        Assert.True(circles.Length == 0, "These areas use one another in a circle:\n" + string.Join('\n', circles));
        Assert.True(uses.Count > 10 && uses["Contacts"].Contains("Timeline") && uses["Replies"].Contains("Requests"), "The areas were not read.");
    }

    private static HashSet<string> Used(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Area().Matches(File.ReadAllText(file)).Select(match => match.Groups["area"].Value))
            .Where(area => area != Path.GetFileName(folder)),
    ];

    // Whether the code of one area names a public type of another.
    private static bool Names(string types, string area)
    {
        var root = Path.Combine(Repository.Root, "Crm.Functions");
        var names = Directory.EnumerateFiles(Path.Combine(root, types), "*.cs").SelectMany(file => Type().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
        return Directory.EnumerateFiles(Path.Combine(root, area), "*.cs").SelectMany(File.ReadLines)
            .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            .Any(line => Word().Matches(line).Any(word => names.Contains(word.Value)));
    }

    private static HashSet<string> Reached(string area, Dictionary<string, HashSet<string>> uses)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(uses[area]);
        while (open.TryPop(out var next))
        {
            if (reached.Add(next) && uses.TryGetValue(next, out var further))
            {
                foreach (var one in further)
                    open.Push(one);
            }
        }

        return reached;
    }

    [GeneratedRegex(
        @"^public (static |sealed |abstract |readonly )*(class|record struct|record|enum|interface) (?<name>\w+)",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Type();

    [GeneratedRegex(@"\w+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Word();

    [GeneratedRegex(@"^using Crm\.Functions\.(?<area>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Area();
}
