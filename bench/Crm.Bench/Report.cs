using System.Globalization;

namespace Crm.Bench;

/// <summary>The figures of a run: each a median with its range, beside its goal.</summary>
public sealed class Report
{
    private readonly List<string> rows = [];

    public static void Progress(string text) => Console.Error.WriteLine(text);

    /// <param name="name">What was measured.</param>
    /// <param name="values">One value a pair or a sample.</param>
    /// <param name="goal">The goal; null where there is none.</param>
    /// <param name="isCeiling">Whether the goal is not to be exceeded.</param>
    /// <param name="unit">Written behind the values.</param>
    /// <param name="note">What the values come from.</param>
    public void Add(string name, IEnumerable<double> values, double? goal, bool isCeiling = false, string unit = "", string note = "")
    {
        var sorted = values.Order().ToArray();
        var median = Median(sorted);
        var met = goal is null ? "" : (isCeiling ? median <= goal : median >= goal) ? "yes" : "**no**";
        var wanted = goal is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{(isCeiling ? "≤" : "≥")} {goal:0.##}{unit}");
        rows.Add(string.Create(CultureInfo.InvariantCulture, $"| {name} | {median:0.##}{unit} [{sorted[0]:0.##}-{sorted[^1]:0.##}] | {wanted} | {met} | {note} |"));
    }

    public void AddRatio(string name, IReadOnlyList<(Slice Ours, Slice Theirs)> pairs, double goal) =>
        Add(name, pairs.Select(pair => pair.Ours.PerSecond / pair.Theirs.PerSecond), goal,
            note: string.Create(CultureInfo.InvariantCulture, $"{Median(pairs.Select(pair => pair.Ours.PerSecond)):0} against {Median(pairs.Select(pair => pair.Theirs.PerSecond)):0} a second"));

    public void Print()
    {
        Console.WriteLine("| Measured | median [range] | goal | met | |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var row in rows)
            Console.WriteLine(row);
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    public static double Percentile(IEnumerable<double> values, double percent)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * percent / 100))];
    }
}
