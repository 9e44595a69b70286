using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Crm.Functions.Deals;

/// <summary>What clients write of a deal, as the database keeps it.</summary>
public static class DealFields
{
    /// <summary>The greatest amount a <c>numeric(14,2)</c> holds.</summary>
    public const double MostMoney = 999_999_999_999.99;

    /// <summary>Two places, halves away from zero, and written with both.</summary>
    public static decimal Cents(decimal amount) => Math.Round(amount, 2, MidpointRounding.AwayFromZero) + 0.00m;

    /// <summary>The date a client means, a moment being read in the organisation's time zone.</summary>
    public static DateOnly? Date(ClientTime? time, TimeZoneInfo zone) => time switch
    {
        null => null,
        { Offset: null } local => DateOnly.FromDateTime(local.Written),
        { } moment => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment.In(zone), zone).DateTime),
    };
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
