using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Settings.Team;

/// <summary>Members as they are while somebody changes one of them.</summary>
/// <remarks>
/// Whoever changes a member locks that member and all owners, in the order of their ids. So of two owners who demote each other at the
/// same moment the second sees what the first has done: an organisation never loses its last owner.
/// </remarks>
public sealed class Members
{
    public sealed record Row(Guid Id, string Role, string Status, bool IsRemoved)
    {
        public bool IsActiveOwner => Role == "owner" && Status == "active";
    }

    private readonly List<Row> _rows;

    private Members(List<Row> rows) => _rows = rows;

    private const string LockSql = """
        select id, role, status, deleted_at is not null as is_removed
        from users
        where organization_id = @OrganizationId
          and (role = 'owner' or id = any(@Ids))
        order by id
        for no key update
        """;

    /// <summary>Locks all owners, and the members named.</summary>
    public static async Task<Members> Lock(DbTransaction tx, params Guid[] ids) =>
        new(await tx.List<Row>(LockSql, new { Ids = ids }));

    public Row? Find(Guid id) => _rows.Find(row => row.Id == id);

    /// <summary>Why <paramref name="caller"/> may not change this member's role or status, or null.</summary>
    /// <param name="caller">Who changes it.</param>
    /// <param name="member">Whom.</param>
    /// <param name="staysOwner">Whether the member is an active owner afterwards.</param>
    public Error? Refusal(Caller caller, Row member, bool staysOwner)
    {
        if (member.IsActiveOwner && !staysOwner && !_rows.Exists(row => row.IsActiveOwner && row.Id != member.Id))
            return Errors.LastOwner;
        // An owner no more: another one was faster.
        return Find(caller.UserId) is { IsActiveOwner: true } ? null : Errors.Forbidden;
    }
}
