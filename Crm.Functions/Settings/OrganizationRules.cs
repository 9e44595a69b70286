using System.Text.Json;

namespace Crm.Functions.Settings;

/// <summary>The keys of an organisation's settings that the app itself reads, kept in columns beside them. All other keys are the clients' own.</summary>
/// <param name="DealRottingDays">The days after which an idle deal rots: <c>dealRottingDays</c>, 30 by default.</param>
/// <param name="LostReasonRequired">Whether a lost deal needs a reason: <c>lostReasonRequired</c>, false by default.</param>
/// <param name="InvoicePrefix">What invoice numbers begin with: <c>invoicePrefix</c>, the first letters of the organisation's name by default.</param>
/// <param name="InvoiceReminders">Whether contacts are reminded of invoices: <c>invoiceReminders</c>, true by default.</param>
internal sealed record OrganizationRules(int DealRottingDays, bool LostReasonRequired, string? InvoicePrefix, bool InvoiceReminders)
{
    private const int DefaultRottingDays = 30;
    private const int MostRottingDays = 3650;
    private const int LongestPrefix = 10;

    /// <summary>The rules that the settings hold, or why they hold none.</summary>
    public static (OrganizationRules Rules, Error? Fault) Of(JsonElement settings)
    {
        var rules = new OrganizationRules(DefaultRottingDays, false, null, true);
        if (settings.TryGetProperty("dealRottingDays", out var days))
        {
            if (days.ValueKind != JsonValueKind.Number || !days.TryGetInt32(out var number) || number is < 1 or > MostRottingDays)
                return (rules, Error.Invalid("settings.dealRottingDays", $"settings.dealRottingDays must be a whole number from 1 to {MostRottingDays}."));
            rules = rules with { DealRottingDays = number };
        }

        if (settings.TryGetProperty("lostReasonRequired", out var required))
        {
            if (required.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                return (rules, Error.Invalid("settings.lostReasonRequired", "settings.lostReasonRequired must be true or false."));
            rules = rules with { LostReasonRequired = required.GetBoolean() };
        }

        if (settings.TryGetProperty("invoicePrefix", out var prefix))
        {
            if (prefix.ValueKind != JsonValueKind.String
                || prefix.GetString() is not { Length: > 0 and <= LongestPrefix } text || !text.All(char.IsAsciiLetterOrDigit))
                return (rules, Error.Invalid("settings.invoicePrefix", $"settings.invoicePrefix must be 1 to {LongestPrefix} letters and digits."));
            rules = rules with { InvoicePrefix = text.ToUpperInvariant() };
        }

        if (settings.TryGetProperty("invoiceReminders", out var reminders))
        {
            if (reminders.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                return (rules, Error.Invalid("settings.invoiceReminders", "settings.invoiceReminders must be true or false."));
            rules = rules with { InvoiceReminders = reminders.GetBoolean() };
        }

        return (rules, null);
    }
}
