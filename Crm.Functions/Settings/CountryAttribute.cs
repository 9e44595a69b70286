using System.ComponentModel.DataAnnotations;
using Crm.Shared;

namespace Crm.Functions.Settings;

/// <summary>A country by its ISO 3166-1 alpha-2 code, in any case; blank counts as absent.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class CountryAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        Rule.Given(value) is string text && !string.IsNullOrWhiteSpace(text) && !PhoneNumber.IsCountry(text.Trim().ToUpperInvariant())
            ? Rule.Broken(validationContext, "must be the two-letter code of a country, such as DE")
            : null;
}
