using System.Globalization;

namespace Crm.Shared;

/// <summary>Rates as clients see them: percent with two decimals, as text ("12.50").</summary>
public static class Rates
{
    /// <summary>How many percent a part is of the whole; "0.00" of nothing.</summary>
    public static string Percent(long part, long whole) => Text(whole == 0 ? 0m : 100m * part / whole);

    /// <summary>By how many percent it is more or less than before ("-3.00"); null when there was nothing before and is something now.</summary>
    public static string? Change(decimal now, decimal before) => before == 0 ? now == 0 ? "0.00" : null : Text(100m * (now - before) / Math.Abs(before));

    private static string Text(decimal percent) => Math.Round(percent, 2, MidpointRounding.AwayFromZero).ToString("0.00", CultureInfo.InvariantCulture);
}
