using Crm.Shared.Integrations;
using Crm.Shared.Integrations.Stripe;

namespace Crm.Functions.Invoices.Online;

internal static class StripeFaults
{
    /// <summary>What a client is told of a call that Stripe did not take.</summary>
    public static Error Fault<T>(this StripeAnswer<T> answer) => answer.Result == CallResult.Refused
        ? Errors.ProviderError with { Message = $"Stripe refused it: {answer.Error}" }
        : Errors.ProviderUnavailable with { RetryAfter = answer.RetryAfter };
}
