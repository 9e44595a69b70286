using System.Collections;
using System.ComponentModel.DataAnnotations;

namespace Crm.Functions.Requests;

/// <summary>A list of 1 to so many items; none is absent.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class FewAttribute(int most) : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        Rule.Given(value) is not ICollection items || items.Count >= 1 && items.Count <= most && NoNullsAttribute.IsMetBy(items)
            ? null
            : Rule.Broken(validationContext, $"must hold 1 to {most} items");
}
