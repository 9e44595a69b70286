namespace Crm.Shared.Integrations.Stripe;

/// <summary>Stripe's amounts: whole numbers of a currency's smallest unit (docs.stripe.com/currencies).</summary>
public static class MinorUnits
{
    private static readonly HashSet<string> NoDecimals = new(StringComparer.OrdinalIgnoreCase)
    {
        "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
    };

    // Stripe takes the last of the three digits only as a zero: our amounts have two.
    private static readonly HashSet<string> ThreeDecimals = new(StringComparer.OrdinalIgnoreCase) { "BHD", "JOD", "KWD", "OMR", "TND" };

    /// <exception cref="ArgumentException">The currency has no such fraction.</exception>
    public static long Of(decimal amount, string currency)
    {
        var minor = amount * Factor(currency);
        return minor == decimal.Truncate(minor) ? decimal.ToInt64(minor) : throw new ArgumentException($"{currency} has no {amount}.", nameof(amount));
    }

    public static decimal Amount(long minor, string currency) => minor / Factor(currency) + 0.00m;

    private static decimal Factor(string currency) => NoDecimals.Contains(currency) ? 1m : ThreeDecimals.Contains(currency) ? 1000m : 100m;
}
