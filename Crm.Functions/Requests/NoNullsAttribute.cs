using System.Collections;
using System.ComponentModel.DataAnnotations;

namespace Crm.Functions.Requests;

/// <summary>A list whose items are all there.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class NoNullsAttribute : ValidationAttribute
{
    internal static bool IsMetBy(ICollection items) => !items.Cast<object?>().Contains(null);

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        Rule.Given(value) is not ICollection items || IsMetBy(items) ? null : Rule.Broken(validationContext, "must not hold null");
}
