using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Crm.Functions.Deals;

/// <summary>What clients write of a deal, as the database keeps it.</summary>
public static class DealFields
{
    /// <summary>The greatest amount a <c>numeric(14,2)</c> holds.</summary>
    public const double MostMoney = 999_999_999_999.99;
}

/// <summary>A number within bounds, both included.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class BetweenAttribute(double minimum, double maximum) : RangeAttribute(minimum, maximum)
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        if (Rule.Given(value) is not IConvertible given)
            return null;
        var number = given.ToDouble(CultureInfo.InvariantCulture);
        return number < (double)Minimum || number > (double)Maximum
            ? Rule.Broken(validationContext, string.Create(CultureInfo.InvariantCulture, $"must be from {Minimum} to {(double)Maximum:0.##}"))
            : null;
    }
}
