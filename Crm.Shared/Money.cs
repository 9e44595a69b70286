namespace Crm.Shared;

/// <summary>Amounts of money, in major units with two places.</summary>
public static class Money
{
    /// <summary>The greatest amount a <c>numeric(14,2)</c> holds.</summary>
    public const decimal Most = 999_999_999_999.99m;

    /// <summary>Two places, halves away from zero, and written with both.</summary>
    public static decimal Cents(decimal amount) => Math.Round(amount, 2, MidpointRounding.AwayFromZero) + 0.00m;
}
