using System.ComponentModel.DataAnnotations;

namespace Crm.Functions.Templates;

/// <summary>What a template is for.</summary>
public sealed class TemplateTypeAttribute() : OneOfAttribute("email", "sms", "invoice", "proposal", "contract");

/// <summary>Text without line breaks: in a mail's head they would begin another field.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class OneLineAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        Rule.Given(value) is string text && text.Trim().AsSpan().ContainsAny('\r', '\n') ? Rule.Broken(validationContext, "must be one line") : null;
}

/// <summary>How long the parts of a template may be, in characters.</summary>
internal static class Longest
{
    public const int Name = 200;
    public const int Subject = 500;
    public const int Content = 100_000;
    public const int Html = 500_000;
    public const int Category = 100;
    public const int Variables = 200;
    public const int Settings = 16 * 1024;
}
