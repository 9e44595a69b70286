using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

/// <summary>Adds up the differences in <c>contact_totals</c> of the organisations that have many.</summary>
public static class FoldContactTotals
{
    /// <summary>Rows that are summed up with every list without anybody noticing.</summary>
    private const int Few = 300;
    private const int MostOrganizations = 1000;

    private const string ManySql = """
        select organization_id
        from contact_totals
        where not is_folded
        group by organization_id
        having count(*) > @Few
        order by count(*) desc
        limit @MostOrganizations
        """;

    // Each row is taken once, even by two at the same moment: the second finds it gone, and adds up the others.
    private const string FoldSql = """
        with taken as (
            delete from contact_totals
            where organization_id = @OrganizationId
            returning owner_id, status, state, contacts)
        insert into contact_totals (organization_id, owner_id, status, state, contacts, is_folded)
        select @OrganizationId, owner_id, status, state, sum(contacts), true
        from taken
        group by owner_id, status, state
        having sum(contacts) <> 0
        """;

    public static async Task Handle(Db db, CancellationToken ct)
    {
        var organizations = await db.List<Guid>(Scope.Global, ManySql, new { Few, MostOrganizations }, ct);
        await OneByOne.Do(organizations, id => db.Execute(new Scope(id), FoldSql, null, ct), ct);
    }
}
