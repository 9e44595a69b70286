namespace Crm.Functions.Outbox;

/// <summary>How long rows are kept that nobody deletes, table by table; and which tables keep theirs, and why.</summary>
public static class Retention
{
    /// <param name="Table">The table.</param>
    /// <param name="Kept">How long a row stays.</param>
    /// <param name="Expired">Which rows have had their time; @Old is that long ago.</param>
    public sealed record Rule(string Table, TimeSpan Kept, string Expired);


    /// <summary>Longer than the longest wait a failed sign-in costs.</summary>
    private static readonly TimeSpan LoginAttempts = TimeSpan.FromDays(1);

    /// <summary>From its expiry on a refresh token is as unknown as any text.</summary>
    private static readonly TimeSpan RefreshTokens = TimeSpan.Zero;

    /// <summary>After its end: who asks where an account was used last month is answered.</summary>
    private static readonly TimeSpan Sessions = TimeSpan.FromDays(30);

    /// <summary>After its expiry: a link says for as long that it has expired, and not that it never was.</summary>
    private static readonly TimeSpan PasswordResets = TimeSpan.FromDays(30);

    /// <summary>After its expiry, accepted or not: it is shown among the invitations for as long.</summary>
    private static readonly TimeSpan Invitations = TimeSpan.FromDays(90);

    /// <summary>Names and addresses of people; a failed one is shown to owners for as long.</summary>
    private static readonly TimeSpan Emails = TimeSpan.FromDays(90);

    /// <summary>They keep a day's digest from being sent twice.</summary>
    private static readonly TimeSpan TaskDigests = TimeSpan.FromDays(30);

    /// <summary>Whole files of personal data; an import can be undone for as long.</summary>
    public static readonly TimeSpan ImportRows = TimeSpan.FromDays(30);

    /// <summary>What was imported when, by whom and with which outcome.</summary>
    private static readonly TimeSpan Imports = TimeSpan.FromDays(365);

    /// <summary>What a member who left handed over.</summary>
    private static readonly TimeSpan HandOvers = TimeSpan.FromDays(365);

    /// <summary>What a vendor said, raw; parked events too, which can be replayed for as long.</summary>
    private static readonly TimeSpan ProviderEvents = TimeSpan.FromDays(30);

    /// <summary>What was sent to a webhook endpoint, and what it answered; it can be sent again for as long.</summary>
    private static readonly TimeSpan WebhookDeliveries = TimeSpan.FromDays(30);

    /// <summary>Which call to a vendor went out with what outcome.</summary>
    private static readonly TimeSpan ProviderCalls = TimeSpan.FromDays(90);

    private static readonly TimeSpan Notifications = TimeSpan.FromDays(90);

    /// <summary>Tries to pay that came to nothing; the others belong to their payment.</summary>
    private static readonly TimeSpan PaymentIntents = TimeSpan.FromDays(365);

    /// <summary>After its end: that a ticket has expired is known for as long.</summary>
    private static readonly TimeSpan DownloadTickets = TimeSpan.FromDays(1);

    /// <summary>What was exported in the background; the file itself goes long before.</summary>
    private static readonly TimeSpan Exports = TimeSpan.FromDays(90);

    /// <summary>Who did what.</summary>
    private static readonly TimeSpan AuditEvents = TimeSpan.FromDays(2 * 365);

    /// <summary>In the order of the foreign keys: what refers to a row goes before it.</summary>
    public static readonly IReadOnlyList<Rule> Rules =
    [
        new("idempotency_keys", Idempotency.Idempotency.Kept, "created_at < @Old"),
        new("login_attempts", LoginAttempts, "last_at < @Old and (blocked_until is null or blocked_until < @Old)"),
        new("refresh_tokens", RefreshTokens, "expires_at < @Old"),
        new("refresh_tokens", Sessions, """
            exists (
                select from sessions s
                where s.organization_id = refresh_tokens.organization_id and s.id = refresh_tokens.session_id and s.revoked_at < @Old)
            """),
        // One without tokens can never be renewed; its access token, of hours, has ended long since.
        new("sessions", Sessions, """
            created_at < @Old
            and not exists (
                select from refresh_tokens t
                where t.organization_id = sessions.organization_id and t.session_id = sessions.id)
            """),
        new("password_resets", PasswordResets, "expires_at < @Old"),
        new("invitations", Invitations, "expires_at < @Old"),
        new("emails", Emails, "created_at < @Old and status in ('sent', 'failed')"),
        new("task_digests", TaskDigests, "created_at < @Old"),
        new("import_rows", ImportRows, """
            exists (
                select from imports i
                where i.organization_id = import_rows.organization_id and i.id = import_rows.import_id and i.rows_removed_at is not null)
            """),
        new("imports", Imports, "created_at < @Old and rows_removed_at is not null"),
        new("hand_overs", HandOvers, "created_at < @Old and status = 'completed'"),
        new("download_tickets", DownloadTickets, "expires_at < @Old"),
        new("exports", Exports, "created_at < @Old"),
        new("audit_events", AuditEvents, "created_at < @Old"),
        new("provider_events", ProviderEvents, "received_at < @Old"),
        new("provider_calls", ProviderCalls, "claimed_at < @Old and state not in ('claimed', 'uncertain')"),
        new("webhook_deliveries", WebhookDeliveries, "created_at < @Old"),
        new("notifications", Notifications, "created_at < @Old"),
        new("payment_refunds", PaymentIntents, "created_at < @Old and status = 'refused'"),
        new("payment_intents", PaymentIntents, """
            created_at < @Old
            and status in ('failed', 'canceled')
            and not exists (
                select from payments p
                where p.organization_id = payment_intents.organization_id and p.intent_id = payment_intents.id)
            """),
    ];

    /// <summary>The tables whose rows stay until somebody deletes them, and why.</summary>
    public static readonly IReadOnlyDictionary<string, string> Kept = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["organizations"] = "the organisation itself",
        ["users"] = "who did what in the past; a removed member only becomes inactive",
        ["contacts"] = "the organisation's records: a deleted one can be restored",
        ["timeline_entries"] = "the organisation's records: the history of its contacts",
        ["contact_totals"] = "differences, which a timer adds up to one row an owner and status",
        ["products"] = "the organisation's records",
        ["pipelines"] = "the organisation's records",
        ["stages"] = "the organisation's records: deals stand in them",
        ["deals"] = "the organisation's records",
        ["deal_items"] = "a part of its deal",
        ["deal_stage_history"] = "a part of its deal",
        ["stage_totals"] = "one row a stage, owner and currency",
        ["tasks"] = "the organisation's records",
        ["templates"] = "the organisation's records: a deleted one can be restored",
        ["campaigns"] = "the organisation's records",
        ["campaign_links"] = "a part of its campaign",
        ["deliveries"] = "the organisation's records: who was sent what",
        ["delivery_clicks"] = "a part of its delivery: one row a link",
        ["campaign_totals"] = "differences, which a timer adds up to one row a campaign",
        ["campaign_link_totals"] = "differences, which a timer adds up to one row a link",
        ["webhook_endpoints"] = "the organisation's own settings: ten at most",
        ["suppressions"] = "who must not be written to stays so",
        ["conversations"] = "the organisation's records: one a contact and channel",
        ["conversation_aliases"] = "a part of its conversation: the address of one that was merged into it",
        ["messages"] = "the organisation's records",
        ["message_attachments"] = "a part of its message",
        ["canned_replies"] = "the organisation's records",
        ["invoices"] = "the organisation's records: deleted ones too, for their numbers",
        ["invoice_items"] = "a part of its invoice",
        ["payments"] = "the organisation's records: what was received and given back",
        ["payment_disputes"] = "the organisation's records: payments that were disputed",
        ["invoice_counters"] = "one row a series and year",
        ["invoice_totals"] = "differences, which a timer adds up to one row a month, creator, currency and status",
        ["daily_counts"] = "differences, which a timer adds up to one row a day and source or user",
        ["message_slots"] = "differences, which a timer adds up to one row a quarter of an hour, channel and campaign",
        ["provider_pulses"] = "one row a vendor",
        ["stored_files"] = "a row a file in the store: it goes when its file does",
        ["outbox"] = "emptied within a minute: a row goes when its message is sent",
        ["timers"] = "one row a timed work",
        ["time_zones"] = "the countries of the time zones, written by a migration",
        ["schema_migrations"] = "one row a migration",
    };
}
