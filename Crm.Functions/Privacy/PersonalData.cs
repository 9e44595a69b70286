namespace Crm.Functions.Privacy;

/// <summary>
/// Where something about a contact is kept: all tables, in the order in which their rows are locked (<c>docs/adr/0008-order-of-locks.md</c>). The statements
/// know <c>@Ids</c>, the contact and those that were merged into it, their <c>@Emails</c> (lower case) and <c>@Phones</c>, and <c>@Files</c>.
/// </summary>
public static class PersonalData
{
    /// <summary>What the name of an erased contact says.</summary>
    public const string Nobody = "Erased contact";

    /// <param name="Table">The table.</param>
    /// <param name="Rows">In SQL, which of its rows <c>x</c> are about the contact.</param>
    /// <param name="Erase">What is done to them: <c>set …</c>, or <c>delete</c>; null: they stay.</param>
    public sealed record Held(string Table, string Rows, string? Erase)
    {
        // A contact that was merged away has an id that stands for another one.
        public string ExportSql =>
            $"select coalesce(jsonb_agg({Row}), '[]')::text from {Table} x where x.organization_id = @OrganizationId and ({Rows})";

        private string Row => Table != "contacts"
            ? "to_jsonb(x)"
            : "case when x.merged_into is null then to_jsonb(x) else to_jsonb(x) - 'id' || jsonb_build_object('merged_id', x.id) end";

        public string EraseSql => Erase == Delete
            ? $"delete from {Table} x where x.organization_id = @OrganizationId and ({Rows})"
            : $"update {Table} x {Erase} where x.organization_id = @OrganizationId and ({Rows})";
    }

    private const string Delete = "delete";
    private const string Deals = "(select d.id from deals d where d.organization_id = @OrganizationId and d.contact_id = any(@Ids))";
    private const string Invoices = "(select i.id from invoices i where i.organization_id = @OrganizationId and i.contact_id = any(@Ids))";
    private const string Conversations = "(select v.id from conversations v where v.organization_id = @OrganizationId and v.contact_id = any(@Ids))";
    private const string Messages = "(select m.id from messages m where m.organization_id = @OrganizationId and m.contact_id = any(@Ids))";
    private const string Deliveries = "(select d.id from deliveries d where d.organization_id = @OrganizationId and d.contact_id = any(@Ids))";

    /// <summary>Files, which are deleted after the commit.</summary>
    public const string FileOwnersSql = $"""
        select unnest(@Ids)
        union all
        select m.id from messages m where m.organization_id = @OrganizationId and m.contact_id = any(@Ids)
        """;

    public static readonly IReadOnlyList<Held> Tables =
    [
        new("tasks", $"x.contact_id = any(@Ids) or x.deal_id in {Deals}", "set title = 'Erased', description = null, updated_at = @Now, version = version + 1"),
        // The figures of sales and invoices are the organisation's, which the law has it keep; what they say of a person goes with the contact.
        new("deals", "x.contact_id = any(@Ids)", "set title = 'Erased', lost_reason = null, updated_at = @Now, version = version + 1"),
        new("deal_items", $"x.deal_id in {Deals}", null),
        new("deal_stage_history", $"x.deal_id in {Deals}", null),
        new("invoices", "x.contact_id = any(@Ids)", null),
        new("invoice_items", $"x.invoice_id in {Invoices}", null),
        new("payments", $"x.invoice_id in {Invoices}", null),
        new("payment_intents", $"x.invoice_id in {Invoices}", null),
        new("payment_refunds", $"x.invoice_id in {Invoices}", null),
        new("payment_disputes", $"x.invoice_id in {Invoices}", null),
        new("delivery_clicks", $"x.delivery_id in {Deliveries}", null),
        // What campaigns sent stays in their figures, without an address.
        new("deliveries", "x.contact_id = any(@Ids)", "set address = null, provider_id = null, error = null"),
        new("notifications", $"x.entity_id = any(@Ids) or x.entity_id in {Conversations} or x.entity_id in {Messages} or x.entity_id in {Deals}", Delete),
        new("message_attachments", $"x.message_id in {Messages}", Delete),
        new("messages", "x.contact_id = any(@Ids)", Delete),
        new("conversation_aliases", $"x.conversation_id in {Conversations}", Delete),
        new("conversations", "x.contact_id = any(@Ids)", Delete),
        new(
            "suppressions", "x.channel = 'email' and x.address = any(@Emails) or x.channel = 'sms' and x.address = any(@Phones)",
            "set address = hash_of_address(x.address), is_hashed = true, note = null"),
        new("timeline_entries", "x.contact_id = any(@Ids)", Delete),
        new("contacts", "x.id = any(@Ids)", $$"""
            set first_name = null, last_name = '{{Nobody}}', email = null, email_key = null, phone = null, company = null, job_title = null, source = null,
                tags = '{}', avatar = null, address = null, notes = null, custom_fields = '{}', status = 'inactive',
                deleted_at = coalesce(deleted_at, @Now), updated_at = @Now, version = version + 1
            """),
        new("import_rows", "x.contact_id = any(@Ids) or x.cells && @Written", "set cells = '{}', before = null, error = null"),
        new("emails", "lower(x.recipient) = any(@Emails)", Delete),
        new("audit_events", "x.entity_id = any(@Ids)", "set data = null"),
        new(
            "idempotency_keys", "exists (select from unnest(@Ids || @Files) as i (id) where position(convert_to(i.id::text, 'UTF8') in x.body) > 0)",
            "set status_code = null, body = null"),
        new("provider_events", "exists (select from unnest(@Emails || @Phones) as a (address) where position(a.address in lower(x.body)) > 0)", Delete),
        new("exports", "x.type in ('contacts', 'deals', 'invoices') and x.created_at <= @Now", "set expires_at = least(x.expires_at, @Now)"),
    ];
}
