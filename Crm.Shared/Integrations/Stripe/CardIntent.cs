using Stripe;

namespace Crm.Shared.Integrations.Stripe;

/// <summary>How far a payment has come.</summary>
public enum IntentStatus
{
    /// <summary>The customer can pay, or try again.</summary>
    Open,

    /// <summary>The customer has paid, their bank has not answered yet: it may take days, and fail.</summary>
    Processing,

    /// <summary>The money is there. It stays so.</summary>
    Succeeded,

    /// <summary>Nobody can pay it any more. It stays so.</summary>
    Canceled,
}

/// <summary>A payment at Stripe, as it stands.</summary>
/// <param name="Id">pi_…</param>
/// <param name="Amount">Asked for, in major units.</param>
/// <param name="Received">What came in.</param>
/// <param name="Currency">Upper case.</param>
/// <param name="Metadata">What we gave it.</param>
public sealed record CardIntent(
    string Id, IntentStatus Status, decimal Amount, decimal Received, string Currency, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Lets a browser pay it, and is shown to nobody else.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>Why the last try failed.</summary>
    public string? Error { get; init; }

    /// <summary>When it was paid, where Stripe says so.</summary>
    public DateTimeOffset? PaidAt { get; init; }

    internal static CardIntent Of(PaymentIntent intent)
    {
        var currency = intent.Currency.ToUpperInvariant();
        return new(
            intent.Id, Known(intent.Status), MinorUnits.Amount(intent.Amount, currency), MinorUnits.Amount(intent.AmountReceived, currency), currency,
            intent.Metadata ?? [])
        {
            ClientSecret = intent.ClientSecret,
            Error = intent.LastPaymentError?.Message,
            PaidAt = intent.LatestCharge is { Paid: true, Created: var at } ? new DateTimeOffset(DateTime.SpecifyKind(at, DateTimeKind.Utc)) : null,
        };
    }

    // Open: requires_payment_method, requires_confirmation, requires_action; requires_capture is of a way to charge that we do not use.
    private static IntentStatus Known(string status) => status switch
    {
        "processing" => IntentStatus.Processing,
        "succeeded" => IntentStatus.Succeeded,
        "canceled" => IntentStatus.Canceled,
        _ => IntentStatus.Open,
    };
}

/// <summary>Money on its way back to a customer.</summary>
/// <param name="Id">re_…</param>
/// <param name="IntentId">What was paid.</param>
/// <param name="IsGivenBack">Whether Stripe has taken it off our balance: pending or succeeded. Not when it failed or was cancelled, even afterwards.</param>
/// <param name="Amount">In major units.</param>
/// <param name="Currency">Upper case.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Metadata">What we gave it; empty when it was made in Stripe's dashboard.</param>
public sealed record CardRefund(
    string Id, string? IntentId, bool IsGivenBack, decimal Amount, string Currency, string? Error, IReadOnlyDictionary<string, string> Metadata)
{
    public DateTimeOffset At { get; init; }

    internal static CardRefund Of(Refund refund)
    {
        var currency = refund.Currency.ToUpperInvariant();
        return new(
            refund.Id, refund.PaymentIntentId, refund.Status is not ("failed" or "canceled"), MinorUnits.Amount(refund.Amount, currency), currency,
            refund.FailureReason, refund.Metadata ?? [])
        {
            At = new(DateTime.SpecifyKind(refund.Created, DateTimeKind.Utc)),
        };
    }
}

public enum DisputeStatus
{
    Open,
    Won,
    Lost,
}

/// <summary>A payment that the customer had their bank take back, as they see it.</summary>
/// <param name="Id">du_… or dp_…</param>
/// <param name="IntentId">What was paid.</param>
/// <param name="Amount">In major units.</param>
/// <param name="Currency">Upper case.</param>
/// <param name="Reason">Stripe's word for it, such as product_not_received.</param>
public sealed record CardDispute(string Id, string? IntentId, DisputeStatus Status, decimal Amount, string Currency, string Reason)
{
    internal static CardDispute Of(Dispute dispute)
    {
        var currency = dispute.Currency.ToUpperInvariant();
        // A mere inquiry that is closed, and a dispute that was prevented, cost nothing.
        var status = dispute.Status switch
        {
            "lost" => DisputeStatus.Lost,
            "won" or "warning_closed" or "prevented" => DisputeStatus.Won,
            _ => DisputeStatus.Open,
        };
        return new(dispute.Id, dispute.PaymentIntentId, status, MinorUnits.Amount(dispute.Amount, currency), currency, dispute.Reason ?? "");
    }
}
