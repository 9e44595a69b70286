using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net.Mail;
using System.Text.Json;

namespace Crm.Functions.Requests;

// The shape rules of request fields. Each looks through Optional<T>, and each message names the fix.
// They derive from the framework's attributes where the OpenAPI document understands those.

/// <summary>Text of at most so many characters; blank counts as absent.</summary>
public sealed class TextAttribute(int maximum) : StringLengthAttribute(maximum)
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        var given = Rule.Given(value);
        if (given is not string text)
            return null;
        if (text.Length > MaximumLength)
            return Rule.Broken(validationContext, $"must be at most {MaximumLength} characters");
        if (text.Contains(Rule.Null, StringComparison.Ordinal))
            return Rule.Broken(validationContext, "must not hold the character U+0000");
        return text.Length < MinimumLength ? Rule.Broken(validationContext, $"must be at least {MinimumLength} characters") : null;
    }
}

/// <summary>Text without line breaks: in a mail's head they would begin another field.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class OneLineAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        Rule.Given(value) is string text && text.Trim().AsSpan().ContainsAny('\r', '\n') ? Rule.Broken(validationContext, "must be one line") : null;
}

/// <summary>A field that must be there, and not blank; in a PATCH it may be absent but not cleared.</summary>
public sealed class NeededAttribute : RequiredAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        if (value is IOptional { IsSet: false })
            return null;
        var given = Rule.Given(value);
        return given is null || given is string text && string.IsNullOrWhiteSpace(text) || given is Guid id && id == Guid.Empty
            ? Rule.Broken(validationContext, "is required")
            : null;
    }
}

/// <summary>An e-mail address of at most 254 characters.</summary>
public sealed class EmailAttribute() : DataTypeAttribute(DataType.EmailAddress)
{
    public const int Longest = 254;

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        Rule.Given(value) is string text && !string.IsNullOrWhiteSpace(text) && !IsAddress(text.Trim())
            ? Rule.Broken(validationContext, "must be an e-mail address such as ann@example.com")
            : null;

    public static bool IsAddress(string text) =>
        text.Length <= Longest
        && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '<' or '>' or ',' or ';' or '"')
        && MailAddress.TryCreate(text, out var address)
        && address.Address == text
        && address.Host.Contains('.', StringComparison.Ordinal)
        && !address.Host.StartsWith('.') && !address.Host.EndsWith('.') && !address.Host.Contains("..", StringComparison.Ordinal);
}

/// <summary>One of a few words, in any case; of a list in a query string, each of its items.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public class OneOfAttribute(params string[] words) : ValidationAttribute
{
    public IReadOnlyList<string> Words { get; } = words;

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        IEnumerable<string> given = Rule.Given(value) switch { string text => [text], string[] list => QueryList.Of(list) ?? [], _ => [] };
        return given.All(text => Words.Contains(text, StringComparer.OrdinalIgnoreCase))
            ? null
            : Rule.Broken(validationContext, $"must be one of {string.Join(", ", Words)}");
    }
}

/// <summary>Labels: at most so many, none blank, each at most so long.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class LabelsAttribute(int most, int longest) : ValidationAttribute
{
    public int Most => most;

    public int Longest => longest;

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        if (Rule.Given(value) is not IEnumerable labels)
            return null;
        var count = 0;
        foreach (var label in labels)
        {
            if (label is not string text || string.IsNullOrWhiteSpace(text) || text.Length > longest || text.Contains(Rule.Null, StringComparison.Ordinal))
                return Rule.Broken(validationContext, $"must hold labels of 1 to {longest} characters");
            count++;
        }

        return count > most ? Rule.Broken(validationContext, $"must hold at most {most} labels") : null;
    }
}

internal static class Rule
{
    /// <summary>The one character that PostgreSQL keeps in no text.</summary>
    public const char Null = '\0';

    public static object? Given(object? value) => value is IOptional optional ? optional.Given : value;

    public static ValidationResult Broken(ValidationContext context, string rule)
    {
        var member = context.MemberName ?? context.DisplayName;
        return new(string.Create(CultureInfo.InvariantCulture, $"{JsonNamingPolicy.CamelCase.ConvertName(member)} {rule}."), [member]);
    }
}
