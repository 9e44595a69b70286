using Crm.Shared.Database;
using Crm.Shared.Integrations.Stripe;

namespace Crm.Functions.Invoices.Online;

/// <summary>What is to be done so that a customer can pay: exactly one of these.</summary>
internal sealed record Reservation(InvoiceRow? Invoice)
{
    /// <summary>Stripe takes no less.</summary>
    private static readonly Dictionary<string, decimal> Least = new(StringComparer.Ordinal)
    {
        ["USD"] = 0.50m,
        ["EUR"] = 0.50m,
        ["CAD"] = 0.50m,
        ["AUD"] = 0.50m,
        ["GBP"] = 0.30m,
    };

    public Error? Fault { get; private init; }

    /// <summary>One was begun for the same amount.</summary>
    public IntentRow? Reused { get; private init; }

    /// <summary>One that another request is making at this moment.</summary>
    public IntentRow? Awaited { get; private init; }

    /// <summary>A new one, reserved.</summary>
    public IntentRow? Made { get; private init; }

    /// <summary>Those that have to go first: together with them it would be more than is owed.</summary>
    public IReadOnlyList<IntentRow> InTheWay { get; private init; } = [];

    /// <summary>
    /// Decides with the invoice locked: what was begun online and is not done, the new one included, never comes to more than is owed (T33).
    /// </summary>
    public static async Task<Reservation> Of(DbTransaction tx, Guid invoiceId, Checkout.Wish wish)
    {
        if (await InvoiceRow.Lock(tx, invoiceId) is not { } invoice)
            return new((InvoiceRow?)null);
        if (InvoiceRules.Closed(invoice) is { } closed)
            return new(invoice) { Fault = closed };
        if (wish.Currency is { } currency && !currency.Equals(invoice.Currency, StringComparison.OrdinalIgnoreCase))
            return new(invoice) { Fault = Errors.CurrencyMismatch with { Message = $"{Errors.CurrencyMismatch.Message} This one is in {invoice.Currency}." } };

        var live = await Settled(tx, await IntentRow.Live(tx, invoiceId));
        var pending = live.Where(intent => intent.Status == IntentRow.Processing).Sum(intent => intent.Amount);
        var payable = Math.Max(0.00m, invoice.Rest - pending);
        var amount = wish.Amount + 0.00m ?? payable;
        if (amount > payable || amount == 0 && pending > 0)
            return new(invoice) { Fault = TooMuch(payable, pending, invoice.Currency) };
        if (amount < Least.GetValueOrDefault(invoice.Currency, 0.50m))
            return new(invoice) { Fault = TooSmall(invoice.Currency) };

        var open = live.Where(intent => intent.Status != IntentRow.Processing).ToList();
        if (open.Find(intent => intent.Status == IntentRow.Created) is { } awaited)
            return new(invoice) { Awaited = awaited };
        if (open.Find(intent => intent.Amount == amount) is { } reused)
            return new(invoice) { Reused = reused };
        return open.Sum(intent => intent.Amount) + amount > payable
            ? new(invoice) { InTheWay = open }
            : new(invoice) { Made = await IntentRow.Insert(tx, invoice, amount, wish.ActorId) };
    }

    // Whoever was to make one, and would have by now, has died.
    private static async Task<List<IntentRow>> Settled(DbTransaction tx, List<IntentRow> live)
    {
        var dead = live.FindAll(intent => intent.Status == IntentRow.Created && intent.CreatedAt < tx.Now - StripePayments.LongestCall);
        foreach (var intent in dead)
            await intent.GiveUp(tx);
        return [.. live.Except(dead)];
    }

    private static Error TooMuch(decimal payable, decimal pending, string currency)
    {
        var fault = InvoiceRules.TooMuch(Errors.AmountExceedsBalance, payable, currency);
        if (pending == 0)
            return fault;
        fault.Facts!["pendingAmount"] = pending;
        return fault with { Message = $"{fault.Message} A payment of {Amounts.Of(pending, currency)} is on its way." };
    }

    private static Error TooSmall(string currency)
    {
        var least = Least.GetValueOrDefault(currency, 0.50m);
        return Errors.AmountTooSmall with
        {
            Message = $"{Errors.AmountTooSmall.Message} At least {Amounts.Of(least, currency)}.",
            Facts = new(StringComparer.Ordinal) { ["least"] = least },
        };
    }
}
