using System.ComponentModel.DataAnnotations;
using Crm.Shared;

namespace Crm.Functions.Invoices;

/// <summary>An amount that changes hands: above 0, at most two decimals.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class AmountAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) => Rule.Given(value) switch
    {
        <= 0m or > Money.Most => Rule.Broken(validationContext, "must be above 0"),
        decimal amount when decimal.Round(amount, 2) != amount => Rule.Broken(validationContext, "must have at most 2 decimals"),
        _ => null,
    };
}
