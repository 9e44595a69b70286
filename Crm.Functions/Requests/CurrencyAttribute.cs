namespace Crm.Functions.Requests;

/// <summary>A currency that the app deals in.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class CurrencyAttribute() : OneOfAttribute("USD", "EUR", "GBP", "CAD", "AUD");
