using System.ComponentModel.DataAnnotations;

namespace Crm.Functions.Requests;

/// <summary>At most so many ids, each once.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class IdsAttribute(int most) : ValidationAttribute
{
    public int Most => most;

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        if (Rule.Given(value) is not Guid[] ids)
            return null;
        return ids.Length > most ? Rule.Broken(validationContext, $"must hold at most {most} ids")
            : ids.Distinct().Count() < ids.Length ? Rule.Broken(validationContext, "must name each id once")
            : null;
    }
}
