using System.Text.Json;

namespace Crm.Functions.Settings;

/// <summary>
/// Keeps secrets out of the organisation's settings, which every member can read: a text under a name such as <c>apiKey</c> or
/// <c>smtp_password</c> is refused. Providers are set up in the app's own configuration.
/// </summary>
public static class Secrets
{
    private static readonly string[] Endings =
        ["password", "passwd", "secret", "apikey", "privatekey", "secretkey", "accesskey", "accesstoken", "authtoken", "refreshtoken"];

    /// <summary>Why these settings will not do, or null when they will.</summary>
    public static string? Fault(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject()
            .Select(property => IsSecret(property) ? Words(property.Name) : Fault(property.Value)).FirstOrDefault(fault => fault is not null),
        JsonValueKind.Array => json.EnumerateArray().Select(Fault).FirstOrDefault(fault => fault is not null),
        _ => null,
    };

    private static bool IsSecret(JsonProperty property)
    {
        if (property.Value.ValueKind != JsonValueKind.String)
            return false;
        var name = string.Concat(property.Name.Where(char.IsLetterOrDigit));
        return Endings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
    }

    private static string Words(string name) => $"can be read by every member, so {name} does not belong there: secrets go into the app's configuration";
}
