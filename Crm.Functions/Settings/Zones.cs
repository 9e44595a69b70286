using System.ComponentModel.DataAnnotations;
using TimeZoneConverter;

namespace Crm.Functions.Settings;

/// <summary>Time zones as clients name them.</summary>
public static class Zones
{
    private static readonly Dictionary<string, string> Iana = TZConvert.KnownIanaTimeZoneNames.ToDictionary(name => name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The IANA name of a zone given by it, in any case, or by its Windows name; null when there is none.</summary>
    public static string? Find(string? text)
    {
        var given = text?.Trim() ?? "";
        var name = Iana.GetValueOrDefault(given) ?? (TZConvert.TryWindowsToIana(given, out var converted) ? converted : null);
        // The table may know zones that this machine's data does not.
        return name is not null && TZConvert.TryGetTimeZoneInfo(name, out _) ? name : null;
    }
}

/// <summary>A time zone by its IANA or Windows name; blank counts as absent.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class TimeZoneAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        Rule.Given(value) is string text && !string.IsNullOrWhiteSpace(text) && Zones.Find(text) is null
            ? Rule.Broken(validationContext, "must be a time zone such as Europe/Berlin")
            : null;
}
