using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;

namespace Crm.Functions.Requests;

/// <summary>A JSON object of at most so many bytes, as the database can keep it.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class JsonObjectAttribute(int longest) : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        if (Rule.Given(value) is not JsonElement json || json.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return null;
        if (json.ValueKind != JsonValueKind.Object)
            return Rule.Broken(validationContext, "must be an object");
        if (Encoding.UTF8.GetByteCount(json.GetRawText()) > longest)
            return Rule.Broken(validationContext, $"must be at most {longest / 1024} KB of JSON");
        return IsStorable(json)
            ? null
            : Rule.Broken(validationContext, "must hold neither the character U+0000, nor half a surrogate pair, nor numbers beyond 64-bit floating point");
    }

    // What PostgreSQL's jsonb refuses although it is JSON.
    private static bool IsStorable(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().All(property => IsStorable(() => property.Name) && IsStorable(property.Value)),
        JsonValueKind.Array => json.EnumerateArray().All(IsStorable),
        JsonValueKind.String => IsStorable(() => json.GetString()!),
        JsonValueKind.Number => json.TryGetDouble(out var number)
            && double.IsFinite(number) && (number != 0 || !json.GetRawText().Contains('e', StringComparison.OrdinalIgnoreCase)),
        _ => true,
    };

    private static bool IsStorable(Func<string> text)
    {
        try
        {
            return !text().Contains(Rule.Null, StringComparison.Ordinal);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
