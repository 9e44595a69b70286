namespace Crm.Functions.Privacy;

/// <summary>The tables that hold nothing about a contact, and why.</summary>
public static class ImpersonalTables
{
    public static readonly IReadOnlyDictionary<string, string> Reasons = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["organizations"] = "the organisation itself",
        ["users"] = "colleagues",
        ["sessions"] = "colleagues",
        ["refresh_tokens"] = "colleagues",
        ["invitations"] = "colleagues",
        ["password_resets"] = "colleagues",
        ["login_attempts"] = "colleagues",
        ["download_tickets"] = "filters, for a minute",
        ["hand_overs"] = "colleagues",
        ["task_digests"] = "a day a colleague was written to",
        ["imports"] = "counts, and what columns are called; the rows are elsewhere",
        ["products"] = "what is sold",
        ["pipelines"] = "stages of sales",
        ["stages"] = "stages of sales",
        ["templates"] = "texts for everybody",
        ["canned_replies"] = "texts for everybody",
        ["campaigns"] = "texts for everybody",
        ["campaign_links"] = "texts for everybody",
        ["provider_calls"] = "counts",
        ["provider_pulses"] = "a time",
        ["campaign_totals"] = "counts",
        ["campaign_link_totals"] = "counts",
        ["contact_totals"] = "counts",
        ["stage_totals"] = "counts",
        ["invoice_totals"] = "counts",
        ["daily_counts"] = "counts",
        ["message_slots"] = "counts",
        ["webhook_endpoints"] = "the organisation's own programs",
        ["webhook_deliveries"] = "what of the audit trail was told to whom",
        ["invoice_counters"] = "counts",
        ["outbox"] = "ids, for a minute",
        ["stored_files"] = "where a file is: it goes with its file, which goes with the record that shows it",
        ["time_zones"] = "countries",
        ["timers"] = "times",
        ["schema_migrations"] = "migrations",
    };
}
