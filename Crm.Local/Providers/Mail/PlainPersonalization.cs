using System.Text.Json;
using System.Text.RegularExpressions;

namespace Crm.Local.Providers.Mail;

/// <summary>Knows at a glance personalizations that the vendor's description allows whatever their values are; of any other the description decides.</summary>
internal static partial class PlainPersonalization
{
    /// <summary>What decides its validity beside the values: its members. Null when it is not plain.</summary>
    public static string? Shape(JsonElement personalization)
    {
        if (personalization.ValueKind != JsonValueKind.Object)
            return null;
        var names = new List<string>();
        foreach (var member in personalization.EnumerateObject())
        {
            if (!IsPlain(member))
                return null;
            names.Add(member.Name);
        }

        names.Sort(StringComparer.Ordinal);
        return string.Join(' ', names);
    }

    private static bool IsPlain(JsonProperty member) => member.Name switch
    {
        "to" => member.Value.ValueKind == JsonValueKind.Array && member.Value.GetArrayLength() > 0 && member.Value.EnumerateArray().All(IsPlainAddress),
        "subject" => member.Value.ValueKind == JsonValueKind.String && !member.Value.ValueEquals(""),
        "substitutions" or "headers" or "custom_args" => IsTexts(member.Value),
        _ => false,
    };

    private static bool IsPlainAddress(JsonElement address) =>
        address.ValueKind == JsonValueKind.Object && address.TryGetProperty("email", out _) && address.EnumerateObject().All(member => member.Name switch
        {
            "email" => member.Value.ValueKind == JsonValueKind.String && Email().IsMatch(member.Value.GetString()!),
            "name" => member.Value.ValueKind == JsonValueKind.String,
            _ => false,
        });

    private static bool IsTexts(JsonElement values) =>
        values.ValueKind == JsonValueKind.Object && values.EnumerateObject().All(member => member.Value.ValueKind == JsonValueKind.String);

    [GeneratedRegex("^[A-Za-z0-9_+-]+([.][A-Za-z0-9_+-]+)*@[A-Za-z0-9]+([.-][A-Za-z0-9]+)*[.][A-Za-z]+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Email();
}
