using System.Globalization;

namespace Crm.Bench;

/// <summary>The figures of a run: each a median with its range, beside its goal.</summary>
public sealed class Report
{
    private readonly List<string> _rows = [];

    public static void Progress(string text) => Console.Error.WriteLine(text);

    /// <param name="name">What was measured.</param>
    /// <param name="values">One value a pair or a sample.</param>
    /// <param name="goal">The goal; null where there is none.</param>
    /// <param name="isCeiling">Whether the goal is not to be exceeded.</param>
    /// <param name="unit">Written behind the values.</param>
    /// <param name="note">What the values come from.</param>
    public void Add(string name, IEnumerable<double> values, double? goal = null, bool isCeiling = false, string unit = "", string note = "")
    {
        var sorted = values.Order().ToArray();
        var median = Median(sorted);
        var met = goal is null ? "" : (isCeiling ? median <= goal : median >= goal) ? "yes" : "**no**";
        var wanted = goal is null ? "" : $"{(isCeiling ? "≤" : "≥")} {Number(goal.Value)}{unit}";
        _rows.Add($"| {name} | {Number(median)}{unit} [{Number(sorted[0])}-{Number(sorted[^1])}] | {wanted} | {met} | {note} |");
    }

    /// <summary>Requests a second of one side against another's.</summary>
    public void AddRate(string name, IReadOnlyList<Slice> ours, IReadOnlyList<Slice> theirs, double goal) =>
        Add(name, Ratios(ours, theirs, static slice => slice.PerSecond), goal, note: $"{Rate(ours)} against {Rate(theirs)} a second");

    /// <summary>Processor time a request of one side against another's.</summary>
    public void AddCost(string name, IReadOnlyList<Slice> ours, IReadOnlyList<Slice> theirs, Func<Slice, double> cost, double? goal) =>
        Add(
            name, Ratios(ours, theirs, cost), goal, isCeiling: true,
            note: $"{Number(Median(ours.Select(cost)))} against {Number(Median(theirs.Select(cost)))} µs");

    /// <summary>Where the processor time of a request goes.</summary>
    public void AddShares(string name, IReadOnlyList<Slice> slices)
    {
        Add(
            $"{name}: worker's CPU a request", slices.Select(static slice => slice.App), unit: " µs",
            note: $"host {Middle(static slice => slice.Host)}, PostgreSQL {Middle(static slice => slice.Database)} µs");

        string Middle(Func<Slice, double> of) => Number(Median(slices.Select(of)));
    }

    public void Print()
    {
        Console.WriteLine("| Measured | median [range] | goal | met | |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var row in _rows)
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

    /// <summary>As many digits as mean something.</summary>
    public static string Number(double value) =>
        value.ToString(Math.Abs(value) < 10 ? "0.##" : Math.Abs(value) < 100 ? "0.#" : "0", CultureInfo.InvariantCulture);

    private static IEnumerable<double> Ratios(IReadOnlyList<Slice> ours, IReadOnlyList<Slice> theirs, Func<Slice, double> of) =>
        ours.Zip(theirs, (a, b) => of(a) / of(b));

    private static string Rate(IEnumerable<Slice> slices) => Number(Median(slices.Select(static slice => slice.PerSecond)));
}
