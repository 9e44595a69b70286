using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Settings.Team;

public static class UpdateMember
{
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new() { Role = "manager", Status = "active" };

        /// <summary>owner, manager or staff.</summary>
        [Needed, OneOf("owner", "manager", "staff")]
        public Optional<string> Role { get; init; }

        /// <summary>active or inactive.</summary>
        [Needed, OneOf("active", "inactive")]
        public Optional<string> Status { get; init; }
    }

    private const string UpdateSql = """
        update users
        set role = @Role, status = @Status, updated_at = @Now,
            token_version = token_version + case when status = 'active' and @Status = 'inactive' then 1 else 0 end,
            deleted_at = case when @Status = 'inactive' then deleted_at end
        where organization_id = @OrganizationId
          and id = @UserId
        """;

    private const string FindSql = $"""
        select {Auth.User.Columns}
        from users u
        where u.organization_id = @OrganizationId
          and u.id = @UserId
        """;

    /// <summary>Changes a member's role or status.</summary>
    /// <remarks>
    /// A new role holds from the member's next request on. An inactive member is signed out everywhere; making a removed member active
    /// again brings them back. Nobody changes themselves, and the last active owner stays one.
    /// </remarks>
    [Function("UpdateTeamMember"), Tags("Team"), Allow(Permission.ManageTeam)]
    public static async Task<Reply<User>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "settings/team/{userId:guid}")] Request request,
        Guid userId, Caller caller, Db db, Callers callers, CancellationToken ct)
    {
        if (userId == caller.UserId)
            return Errors.CannotModifySelf;

        var reply = await db.Transaction<Reply<User>>(caller.Organization, async tx =>
        {
            var members = await Members.Lock(tx, userId);
            if (members.Find(userId) is not { } before)
                return Errors.UserNotFound;
            var after = before with { Role = request.Role.Or(before.Role).ToLowerInvariant(), Status = request.Status.Or(before.Status).ToLowerInvariant() };
            if (members.Refusal(caller, before, after.IsActiveOwner) is { } refusal)
                return refusal;

            if (after != before)
            {
                await tx.Execute(UpdateSql, new { UserId = userId, after.Role, after.Status, tx.Now });
                if (after.Status == "inactive")
                    await tx.Execute(Sessions.EndAllSql, new { UserId = userId, tx.Now });
                await tx.Audit(
                    caller.UserId, "user.access_changed", "user", userId,
                    new { before = new { before.Role, before.Status }, after = new { after.Role, after.Status } });
            }

            return (await tx.Find<User>(FindSql, new { UserId = userId }))!;
        }, ct);
        callers.Forget();
        return reply;
    }
}
