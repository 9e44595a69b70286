using System.Globalization;

namespace Crm.Bench;

/// <summary>The processor time of processes, user's and system's, as Linux counts it in /proc.</summary>
public static class Cpu
{
    // USER_HZ, the unit of /proc on every Linux .NET runs on.
    private const int TicksPerSecond = 100;

    // Fields of /proc/PID/stat behind the program's name, which may hold anything.
    private const int Parent = 1;
    private const int User = 11;
    private const int System = 12;
    private const int ChildrensUser = 13;
    private const int ChildrensSystem = 14;

    /// <summary>Of one process; zero when it is gone.</summary>
    public static TimeSpan Of(int process) => Read(process) is { } stat ? Time(stat[User] + stat[System]) : TimeSpan.Zero;

    /// <summary>Of a process and all below it, those that have ended included.</summary>
    public static TimeSpan OfTree(int root)
    {
        var all = new Dictionary<int, long[]>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var process) && Read(process) is { } stat)
                all[process] = stat;
        }

        var children = all.ToLookup(static entry => (int)entry.Value[Parent], static entry => entry.Key);
        return Time(Sum(root));

        long Sum(int process) => all.TryGetValue(process, out var stat)
            ? stat[User] + stat[System] + stat[ChildrensUser] + stat[ChildrensSystem] + children[process].Sum(Sum)
            : 0;
    }

    private static TimeSpan Time(long ticks) => TimeSpan.FromSeconds((double)ticks / TicksPerSecond);

    private static long[]? Read(int process)
    {
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return [0, .. fields.Skip(1).Take(ChildrensSystem).Select(static field => long.Parse(field, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
