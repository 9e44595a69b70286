using System.Security.Cryptography;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Admin;

/// <summary>
/// What the demo organisation has begun: an invitation that waits for an answer, an import that can still be taken back, a colleague who left.
/// </summary>
internal static class DemoBeginnings
{
    // Nobody knows the link's token: to accept the invitation it is mailed again.
    private const string InvitationSql = """
        insert into invitations (organization_id, id, email, role, name, invited_by, token_hash, expires_at, created_at)
        values (@OrganizationId, @Id, 'nora@acme.test', 'staff', 'Nora Newcomer', @InvitedBy, @Hash, @ExpiresAt, @Now)
        """;

    private const string ImportSql = """
        insert into imports (organization_id, id, user_id, owner_id, file_name, columns, fields, on_duplicate, tags, dry_run, status, total, created, failed,
                             created_at, updated_at, finished_at)
        values (@OrganizationId, @Id, @UserId, @UserId, 'fair.csv', '{E-mail,First name}', '{email,firstName}', 'update', '{}', false, 'completed', 2, 1, 1,
                @Now, @Now, @Now)
        """;

    private const string RowsSql = """
        insert into import_rows (organization_id, import_id, row_number, cells, outcome, error, contact_id, version)
        select @OrganizationId, @Id, 1, array[email, first_name], 'created', null, id, version
        from contacts
        where organization_id = @OrganizationId
          and id = @ContactId
        union all
        select @OrganizationId, @Id, 2, '{not-an-address,Emil}', 'failed', 'email: "not-an-address" is not an e-mail address.', null, null
        """;

    private const string ExportSql = """
        insert into exports (organization_id, id, user_id, request, type, format, file_name, status, expected, rows, created_at, updated_at, finished_at,
                             expires_at)
        values (@OrganizationId, @Id, @UserId, '{"type":"contacts"}', 'contacts', 'csv', 'contacts.csv', 'completed', 60000, 60412, @At, @At, @At, @At)
        """;

    private const string FormerSql = """
        insert into users (organization_id, id, email, first_name, last_name, role, status, created_at, updated_at, deleted_at)
        values (@OrganizationId, @Id, 'frank@acme.test', 'Frank', 'Former', 'staff', 'inactive', @Now, @Now, @Now)
        """;

    private const string HandOverSql = """
        insert into hand_overs (organization_id, id, from_id, to_id, actor_id, status, total, contacts, deals, tasks, created_at, updated_at, finished_at)
        values (@OrganizationId, @Id, @FromId, @ToId, @ActorId, 'completed', 12, 8, 3, 1, @Now, @Now, @Now)
        """;

    public static async Task Add(DbTransaction tx, DemoPerson imported)
    {
        await tx.Execute(
            InvitationSql,
            new { Id = Demo.Invitation, InvitedBy = Demo.Owner, Hash = RandomNumberGenerator.GetBytes(32), ExpiresAt = tx.Now + Invitation.Lifetime, tx.Now });
        await tx.Execute(ImportSql, new { Id = Demo.Import, UserId = Demo.Owner, tx.Now });
        await tx.Execute(RowsSql, new { Id = Demo.Import, ContactId = imported.Id });
        await tx.Execute(ExportSql, new { Id = Demo.Export, UserId = Demo.Owner, At = tx.Now.AddDays(-30) });
        await tx.Execute(FormerSql, new { Id = Demo.Former, tx.Now });
        await tx.Execute(HandOverSql, new { Id = Guid.CreateVersion7(tx.Now), FromId = Demo.Former, ToId = Demo.Staff, ActorId = Demo.Owner, tx.Now });
    }
}
