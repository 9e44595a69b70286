namespace Crm.Functions.Requests;

/// <summary>The time that a report or an export is about, by its name: a last day and the days before it.</summary>
public static class Period
{
    public const string Default = "30d";

    /// <summary>The first day of it; null when there is no such period.</summary>
    public static DateOnly? First(string name, DateOnly last) => name.Trim().ToLowerInvariant() switch
    {
        "7d" => last.AddDays(-6),
        "30d" => last.AddDays(-29),
        "90d" => last.AddDays(-89),
        "1y" => last.AddYears(-1),
        _ => null,
    };
}
