using System.Globalization;
using System.Text.RegularExpressions;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Architecture;

/// <summary>What the house style says of lines and files, where no compiler rule holds it.</summary>
public sealed partial class StyleTests
{
    private const string TestProject = "Crm.Functions.Tests";
    private const int LongestFile = 200;
    private const int LongestTestFile = 300;
    private const int FewLines = 120;

    private static readonly string[] Products = ["Crm.Functions", "Crm.Shared", "Crm.Local", "bench"];

    [Fact]
    public void No_line_is_longer_than_the_editor_is_told()
    {
        var longest = int.Parse(
            MaxLineLength().Match(File.ReadAllText(Path.Combine(Repository.Root, ".editorconfig"))).Groups["length"].Value, CultureInfo.InvariantCulture);
        var offenders =
            from file in Sources([.. Products, TestProject])
            from line in file.Lines.Index()
            where line.Item.Length > longest
            select $"{file.Name}:{line.Index + 1} has {line.Item.Length} characters";
        Empty(offenders, $"These lines are longer than {longest} characters, which is max_line_length in .editorconfig: break them");
    }

    [Fact]
    public void No_file_is_so_long_that_a_second_idea_must_have_moved_in()
    {
        var offenders = Long(Sources(Products), LongestFile).Concat(Long(Sources([TestProject]), LongestTestFile));
        Empty(offenders, $"These files are longer than {LongestFile} lines, tests {LongestTestFile}: give the second idea in them a file and a name");

        static IEnumerable<string> Long(IEnumerable<Source> sources, int most) =>
            sources.Where(source => source.Lines.Length > most).Select(source => $"{source.Name}:{most + 1} is one of {source.Lines.Length} lines");
    }

    [Fact]
    public void Nine_of_ten_files_are_short()
    {
        var sources = Sources(Products);
        var longer = sources.Where(source => source.Lines.Length > FewLines).OrderBy(source => source.Lines.Length).ToArray();
        Assert.True(
            longer.Length * 10 <= sources.Count,
            $"{longer.Length} of {sources.Count} files have more than {FewLines} lines, more than one of ten:\n"
                + string.Join('\n', longer.Select(source => $"{source.Name}: {source.Lines.Length}")));
    }

    private static void Empty(IEnumerable<string> offenders, string what)
    {
        var all = offenders.ToArray();
        Assert.True(all.Length == 0, $"{what}.\n{string.Join('\n', all)}");
    }

    private static List<Source> Sources(string[] projects)
    {
        var sources = projects
            .SelectMany(project => Directory.EnumerateFiles(Path.Combine(Repository.Root, project), "*.cs", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(name => !Built().IsMatch(name))
            .Select(name => new Source(name, File.ReadAllLines(Path.Combine(Repository.Root, name))))
            .ToList();
        Assert.All(projects, project => Assert.Contains(sources, source => source.Name.StartsWith(project + "/", StringComparison.Ordinal)));
        return sources;
    }

    private sealed record Source(string Name, string[] Lines);

    [GeneratedRegex(@"^max_line_length = (?<length>\d+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MaxLineLength();

    [GeneratedRegex(@"/(bin|obj|node_modules|\.data)/", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Built();
}
