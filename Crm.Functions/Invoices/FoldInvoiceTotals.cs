using Crm.Shared.Database;

namespace Crm.Functions.Invoices;

/// <summary>Adds up the differences in <c>invoice_totals</c> of the organisations that have many.</summary>
public static class FoldInvoiceTotals
{
    /// <summary>Rows that are summed up with every request without anybody noticing.</summary>
    private const int Few = 500;
    private const int MostOrganizations = 1000;

    private const string ManySql = """
        select organization_id
        from invoice_totals
        where not is_folded
        group by organization_id
        having count(*) > @Few
        order by count(*) desc
        limit @MostOrganizations
        """;

    // Each row is taken once, even by two at the same moment: the second finds it gone, and adds up the others.
    private const string FoldSql = """
        with taken as (
            delete from invoice_totals
            where organization_id = @OrganizationId
            returning month, creator_id, currency, status, due_month, invoices, total, paid, credited, settled, days_to_pay)
        insert into invoice_totals (organization_id, month, creator_id, currency, status, due_month, invoices, total, paid, credited, settled, days_to_pay,
                                    is_folded)
        select @OrganizationId, month, creator_id, currency, status, due_month, sum(invoices), sum(total), sum(paid), sum(credited), sum(settled),
               sum(days_to_pay), true
        from taken
        group by month, creator_id, currency, status, due_month
        having (sum(invoices), sum(total), sum(paid), sum(credited), sum(settled), sum(days_to_pay)) <> (0, 0, 0, 0, 0, 0)
        """;

    public static async Task Handle(Db db, CancellationToken ct)
    {
        var organizations = await db.List<Guid>(Scope.Global, ManySql, new { Few, MostOrganizations }, ct);
        await OneByOne.Do(organizations, id => db.Execute(new Scope(id), FoldSql, null, ct), ct);
    }
}
