using System.Text.Json;

namespace Crm.Local.FunctionsHost.Timers;

/// <summary>When a timer last fired and when it will next, kept in a file so that an occurrence missed while the stack was stopped is noticed.</summary>
public sealed record TimerStatus(DateTimeOffset Last, DateTimeOffset LastUpdated, DateTimeOffset Next)
{
    public static TimerStatus? Read(string file)
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<TimerStatus>(File.ReadAllText(file)) : null;
        }
        catch (JsonException)
        {
            // Cut short by a kill: as good as no status.
            return null;
        }
    }

    public void Write(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        // Whole or not at all: whoever reads it meanwhile, or after a kill, finds one of the two.
        File.WriteAllText(file + ".new", JsonSerializer.Serialize(this));
        File.Move(file + ".new", file, overwrite: true);
    }
}
