using System.ComponentModel.DataAnnotations;

namespace Crm.Functions.Products;

/// <summary>An amount of money: not negative, at most two decimals, less than 10^12.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class PriceAttribute : ValidationAttribute
{
    private const decimal Largest = 999_999_999_999.99m;

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) => Rule.Given(value) switch
    {
        < 0m or > Largest => Rule.Broken(validationContext, "must be from 0 to 999999999999.99"),
        decimal price when decimal.Round(price, 2) != price => Rule.Broken(validationContext, "must have at most 2 decimals"),
        _ => null,
    };
}

/// <summary>A percentage: 0 to 100, at most three decimals.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class PercentAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) => Rule.Given(value) switch
    {
        < 0m or > 100m => Rule.Broken(validationContext, "must be from 0 to 100"),
        decimal percent when decimal.Round(percent, 3) != percent => Rule.Broken(validationContext, "must have at most 3 decimals"),
        _ => null,
    };
}

/// <summary>A SKU of the client's own: 1 to 64 letters, digits, dots, underscores and hyphens. Blank counts as absent.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class SkuAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        Rule.Given(value) is string text && !string.IsNullOrWhiteSpace(text) && !IsSku(text.Trim())
            ? Rule.Broken(validationContext, "must be 1 to 64 letters, digits, dots, underscores and hyphens")
            : null;

    private static bool IsSku(string text) => text.Length <= Sku.Longest && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
