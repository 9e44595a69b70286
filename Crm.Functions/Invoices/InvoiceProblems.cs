namespace Crm.Functions.Invoices;

/// <summary>The statement that finds invoices which do not agree with their lines, their ledger or the statistics.</summary>
internal static class InvoiceProblems
{
    // The totals once more, from the lines as they are kept: numeric rounds halves away from zero, as S9 does.
    public const string Sql = """
        with lines as (
            select x.invoice_id, x.tax_rate, sum(round(x.quantity * x.unit_price, 2)) as gross,
                   sum(round(x.quantity * x.unit_price * (1 - x.discount / 100), 2)) as net
            from invoice_items x
            where x.organization_id = @OrganizationId
            group by x.invoice_id, x.tax_rate),
        sums as (
            select invoice_id, sum(gross) as subtotal, sum(gross) - sum(net) as discount_total, sum(round(net * tax_rate / 100, 2)) as tax_total,
                   sum(net) + sum(round(net * tax_rate / 100, 2)) as total
            from lines
            group by invoice_id),
        ledger as (
            select p.invoice_id, coalesce(sum(p.amount) filter (where p.kind <> 'credit_note'), 0.00) as paid,
                   coalesce(sum(p.amount) filter (where p.kind = 'credit_note'), 0.00) as credited
            from payments p
            where p.organization_id = @OrganizationId
            group by p.invoice_id),
        checked as (
            select i.id, i.number, i.status, i.total, i.amount_paid, i.amount_credited,
                   concat_ws(' ', i.subtotal, i.discount_total, i.tax_total, i.total) as kept,
                   concat_ws(' ', s.subtotal, s.discount_total, s.tax_total, s.total) as summed,
                   concat_ws(' ', i.amount_paid, i.amount_credited) as kept_ledger,
                   concat_ws(' ', coalesce(l.paid, 0.00), coalesce(l.credited, 0.00)) as summed_ledger
            from invoices i
            left join sums s on s.invoice_id = i.id
            left join ledger l on l.invoice_id = i.id
            where i.organization_id = @OrganizationId)
        select id as invoice_id, number, 'totals' as check, summed as expected, kept as actual
        from checked
        where kept <> summed
        union all
        select id, number, 'ledger', summed_ledger, kept_ledger
        from checked
        where kept_ledger <> summed_ledger
        union all
        select id, number, 'state', case when status = 'paid' then 'not paid' else 'paid' end, status
        from checked
        where (status = 'paid' and amount_paid + amount_credited < total)
           or (status in ('draft', 'sent') and amount_paid + amount_credited >= total and amount_paid + amount_credited > 0)
        union all
        select i.id, i.number, 'refunds', p.amount::text, (-sum(r.amount))::text
        from payments r
        join payments p on p.organization_id = r.organization_id and p.id = r.refund_of
        join invoices i on i.organization_id = p.organization_id and i.id = p.invoice_id
        where r.organization_id = @OrganizationId
        group by i.id, i.number, p.id, p.amount
        having -sum(r.amount) > p.amount
        union all
        select null, null, 'statistics', concat_ws(' ', c.invoices, c.total, c.paid, c.credited),
               concat_ws(' ', t.invoices, t.total, t.paid, t.credited)
        from (
            select count(*) as invoices, coalesce(sum(total), 0.00) as total, coalesce(sum(amount_paid), 0.00) as paid,
                   coalesce(sum(amount_credited), 0.00) as credited
            from invoices
            where organization_id = @OrganizationId and deleted_at is null) c
        cross join (
            select coalesce(sum(invoices), 0) as invoices, coalesce(sum(total), 0.00) as total, coalesce(sum(paid), 0.00) as paid,
                   coalesce(sum(credited), 0.00) as credited
            from invoice_totals
            where organization_id = @OrganizationId) t
        where concat_ws(' ', c.invoices, c.total, c.paid, c.credited) <> concat_ws(' ', t.invoices, t.total, t.paid, t.credited)
        limit @MostShown
        """;
}
