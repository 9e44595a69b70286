using System.ComponentModel.DataAnnotations;

namespace Crm.Functions.Requests;

/// <summary>A PATCH body, which must change something.</summary>
public interface IPatch : IValidatableObject
{
    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext)
    {
        if (!GetType().GetProperties().Any(property => property.GetValue(this) is IOptional { IsSet: true }))
            yield return new ValidationResult("The body names no field to change.", ["body"]);
    }
}
