namespace Crm.Shared.Invoicing;

/// <summary>The states of an invoice. Overdue is no state of its own but a sent one after its due date, found out by the organisation's day.</summary>
public static class InvoiceStates
{
    public const string Draft = "draft";
    public const string Sent = "sent";
    public const string Paid = "paid";
    public const string Overdue = "overdue";
    public const string Cancelled = "cancelled";

    /// <summary>In SQL, how the invoice <c>i</c> stands on the day <c>@Today</c>.</summary>
    public const string EffectiveSql = "case when i.status = 'sent' and i.due_date < @Today then 'overdue' else i.status end";

    public static string Effective(string status, DateOnly dueDate, DateOnly today) => status == Sent && dueDate < today ? Overdue : status;

    /// <summary>unpaid, partial or paid: how much of the total is covered. One of nothing is paid when somebody says so.</summary>
    public static string Payment(string status, decimal total, decimal covered) =>
        status == Paid || (total > 0 && covered >= total) ? Paid : covered > 0 ? "partial" : "unpaid";

    /// <summary>Whether somebody may ask for this change of state. Paid is no such change: it follows from payments.</summary>
    public static bool CanBecome(string from, string to) => (from, to) switch
    {
        (Draft, Sent or Cancelled) => true,
        (Sent or Overdue, Draft or Cancelled) => true,
        _ => false,
    };
}

/// <summary>The letters that remind of an invoice, each once: three days before it is due, a day after, a week after.</summary>
public static class ReminderSteps
{
    /// <summary>Days from the due date to each of them, the first step being 1.</summary>
    public static readonly IReadOnlyList<int> Days = [-3, 1, 7];

    /// <summary>After so many days a step that was missed is not made up for.</summary>
    public const int Patience = 5;

    /// <summary>The step that the day has reached; 0: none yet.</summary>
    public static int Reached(DateOnly dueDate, DateOnly today)
    {
        var late = today.DayNumber - dueDate.DayNumber;
        return Days.Count(days => late >= days);
    }
}

/// <summary>When an invoice is due, by what its payment terms say.</summary>
public static class PaymentTerms
{
    public const string Default = "Net 30";
    public const int DefaultDays = 30;
    private const int MostDays = 3650;

    /// <summary>The days that "Net 30" and its like name; null for other words.</summary>
    public static int? Days(string? terms)
    {
        if (terms?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var net, var days, ..] || !net.Equals("net", StringComparison.OrdinalIgnoreCase))
            return null;
        return int.TryParse(days, System.Globalization.NumberStyles.None, null, out var number) && number <= MostDays ? number : null;
    }
}
