using System.Security.Cryptography;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Admin;

/// <summary>The demo organisation's invoices: drafts, sent ones, late ones and paid ones, over half a year. The same every time.</summary>
internal static class DemoInvoices
{
    private const int Count = 24;

    private const string InvoicesSql = """
        insert into invoices (organization_id, id, number, contact_id, creator_id, status, currency, issue_date, due_date, subtotal, discount_total, tax_total,
                              total, notes, payment_terms, token_hash, sent_at, created_at, updated_at, overdue_at, reminder)
        select @OrganizationId, i.id, number, contact_id, creator_id, status, 'USD', issued, issued + 30, subtotal, discount_total, tax_total, total,
               'Thank you for your order.', 'Net 30', token_hash, case when status <> 'draft' then issued + time '09:30' end, issued + time '09:00',
               issued + time '09:30', case when status = 'sent' and issued + 30 < @Today then issued + 31 + time '00:15' end,
               case when status = 'sent' and issued + 30 < @Today then 3 else 0 end
        from unnest(@Ids, @Numbers, @ContactIds, @CreatorIds, @Statuses, @Issued, @Subtotals, @Discounts, @Taxes, @Totals, @Hashes)
            as i (id, number, contact_id, creator_id, status, issued, subtotal, discount_total, tax_total, total, token_hash)
        """;

    private const string ItemsSql = """
        insert into invoice_items (organization_id, id, invoice_id, product_id, description, quantity, unit_price, discount, tax_rate, amount, position)
        select @OrganizationId, gen_random_uuid(), invoice_id, product_id, description, quantity, unit_price, discount, @Tax, amount, position
        from unnest(@InvoiceIds, @ProductIds, @Descriptions, @Quantities, @Prices, @Discounts, @Amounts, @Positions)
            as x (invoice_id, product_id, description, quantity, unit_price, discount, amount, position)
        """;

    // The ledger settles the invoices.
    private const string PaymentsSql = """
        insert into payments (organization_id, id, invoice_id, kind, amount, currency, method, payment_date, reference, actor_id, created_at)
        select i.organization_id, p.id, i.id, 'payment', i.total, i.currency, 'bank_transfer', i.issue_date + 12, 'TR-' || i.number, i.creator_id,
               i.issue_date + 12 + time '10:00'
        from unnest(@Ids, @InvoiceIds) as p (id, invoice_id)
        join invoices i on i.organization_id = @OrganizationId and i.id = p.invoice_id
        """;

    private const string CountersSql = """
        insert into invoice_counters (organization_id, prefix, year, next)
        select @OrganizationId, @Prefix, year, @Next
        from unnest(@Years) as y (year)
        """;

    private const string EntriesSql = """
        insert into timeline_entries (organization_id, id, contact_id, type, action, title, entity_type, entity_id, actor_id, occurred_at, created_at)
        select organization_id, gen_random_uuid(), contact_id, type, action, title, 'invoice', invoice_id, creator_id, at, at
        from (
            select organization_id, id as invoice_id, contact_id, creator_id, 'invoice' as type, 'invoice_created' as action,
                   'Invoice ' || number || ' created' as title, created_at as at
            from invoices
            where organization_id = @OrganizationId
            union all
            select organization_id, id, contact_id, creator_id, 'invoice', 'invoice_sent', 'Invoice ' || number || ' sent', sent_at
            from invoices
            where organization_id = @OrganizationId and sent_at is not null
            union all
            select organization_id, id, contact_id, creator_id, 'payment', 'payment_recorded', 'Payment of ' || total || ' USD for invoice ' || number, paid_at
            from invoices
            where organization_id = @OrganizationId and status = 'paid') e
        """;

    public static async Task Add(DbTransaction tx, IReadOnlyList<DemoPerson> people, string? signingKey)
    {
        var tokens = signingKey is null ? null : new LinkTokens(Options.Create(new JwtOptions { Key = signingKey }));
        var today = DateOnly.FromDateTime(tx.Now.UtcDateTime);
        var invoices = Enumerable.Range(1, Count).Select(number => DemoInvoice.Make(number, people, today)).ToArray();
        await tx.Execute(InvoicesSql, new
        {
            Today = today,
            Ids = invoices.Select(invoice => invoice.Id).ToArray(),
            Numbers = invoices.Select(invoice => invoice.NumberText).ToArray(),
            ContactIds = invoices.Select(invoice => invoice.Person.Id).ToArray(),
            CreatorIds = invoices.Select(invoice => invoice.Person.OwnerId).ToArray(),
            Statuses = invoices.Select(invoice => invoice.Status).ToArray(),
            Issued = invoices.Select(invoice => invoice.Issued).ToArray(),
            Subtotals = invoices.Select(invoice => invoice.Sums.Subtotal).ToArray(),
            Discounts = invoices.Select(invoice => invoice.Sums.DiscountTotal).ToArray(),
            Taxes = invoices.Select(invoice => invoice.Sums.TaxTotal).ToArray(),
            Totals = invoices.Select(invoice => invoice.Sums.Total).ToArray(),
            // Without the app's key the link is made when the invoice is sent again.
            Hashes = invoices.Select(invoice => tokens is null ? RandomNumberGenerator.GetBytes(32) : LinkTokens.Hash(tokens.Invoice(invoice.Id))).ToArray(),
        });
        var items = invoices.SelectMany(invoice => invoice.Items).ToArray();
        await tx.Execute(ItemsSql, new
        {
            DemoInvoice.Tax,
            InvoiceIds = items.Select(item => item.InvoiceId).ToArray(),
            ProductIds = items.Select(item => Demo.Product(item.Product)).ToArray(),
            Descriptions = items.Select(item => item.Description).ToArray(),
            Quantities = items.Select(item => item.Line.Quantity).ToArray(),
            Prices = items.Select(item => item.Line.UnitPrice).ToArray(),
            Discounts = items.Select(item => item.Line.Discount).ToArray(),
            Amounts = items.Select(item => item.Line.Amount).ToArray(),
            Positions = items.Select(item => item.Position).ToArray(),
        });
        var paid = invoices.Where(invoice => invoice.IsPaid).ToArray();
        await tx.Execute(PaymentsSql, new
        {
            Ids = paid.Select(invoice => Demo.Payment(invoice.Number)).ToArray(),
            InvoiceIds = paid.Select(invoice => invoice.Id).ToArray(),
        });
        await tx.Execute(CountersSql, new
        {
            DemoInvoice.Prefix,
            Next = Count + 1,
            Years = invoices.Select(invoice => invoice.Issued.Year).Append(today.Year).Distinct().ToArray(),
        });
        await tx.Execute(EntriesSql, null);
    }
}
