using Crm.Functions.Auth;
using Crm.Shared;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Settings.Team;

public static class ListTeam
{
    /// <summary>Without a page asked for, all members come at once, up to this many.</summary>
    private const int WholeTeam = 1000;

    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>Part of a name or e-mail.</summary>
        [FromQuery]
        [Text(200)]
        public string? Search { get; init; }

        /// <summary>owner, manager or staff.</summary>
        [FromQuery]
        [OneOf("owner", "manager", "staff")]
        public string? Role { get; init; }

        /// <summary>active or inactive; inactive shows removed members too, who are hidden otherwise.</summary>
        [FromQuery]
        [OneOf("active", "inactive")]
        public string? Status { get; init; }
    }

    /// <param name="Members">By name.</param>
    /// <param name="PendingInvitations">Invitations that can still be accepted, newest first.</param>
    /// <param name="Meta">Where the page stands among the members.</param>
    public sealed record Response(IReadOnlyList<Member> Members, IReadOnlyList<Invitation> PendingInvitations, PageMeta Meta);

    private const string Where = """
        where u.organization_id = @OrganizationId
          and (u.deleted_at is null or @Status::text = 'inactive')
          and (@Status::text is null or u.status = @Status)
          and (@Role::text is null or u.role = @Role)
          and (@Pattern::text is null or lower(u.first_name || ' ' || u.last_name || ' ' || u.email) like @Pattern)
        """;

    // Contacts and deals are summed from the few rows that the database keeps; tasks are one stretch of an index each.
    private const string Sql = $"""
        select {Auth.User.Columns},
               (select coalesce(sum(c.contacts), 0)::bigint
                from contact_totals c
                where c.organization_id = u.organization_id and c.owner_id = u.id and c.state = 'alive') as contacts,
               coalesce(d.deals, 0)::bigint as open_deals,
               (select count(*)
                from tasks t
                where t.organization_id = u.organization_id and t.assignee_id = u.id and t.deleted_at is null
                  and t.status {TaskStates.AreOpenSql}) as open_tasks
        from users u
        left join (
            select t.owner_id, sum(t.deals) as deals
            from stage_totals t
            join stages s on s.organization_id = t.organization_id and s.id = t.stage_id
            where t.organization_id = @OrganizationId and s.type = 'open'
            group by t.owner_id) d on d.owner_id = u.id
        {Where}
        order by lower(u.first_name), lower(u.last_name), u.id
        limit @Size + 1
        offset @Offset
        """;

    private const string CountSql = $"""
        select count(*)
        from users u
        {Where}
        """;

    private const string InvitationsSql = $"""
        {Invitation.Select}
        where i.organization_id = @OrganizationId
          and i.status = 'pending'
          and i.expires_at > @Now
        order by i.created_at desc, i.id desc
        """;

    /// <summary>The members of the organisation with their work, and the invitations that are open.</summary>
    /// <remarks>All of them, unless a <c>page</c> or <c>pageSize</c> is asked for.</remarks>
    [Function("ListTeam"), Tags("Team"), Allow(Permission.ManageTeam)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "settings/team")] HttpContext context,
        [AsParameters] Filter filter, Paging paging, Caller caller, Db db, CancellationToken ct)
    {
        if (!context.Request.Query.Keys.Any(key => key is "page" or "pageSize" or "limit"))
            paging = paging with { Size = WholeTeam };
        var args = new
        {
            Status = Fields.Text(filter.Status)?.ToLowerInvariant(),
            Role = Fields.Text(filter.Role)?.ToLowerInvariant(),
            Pattern = Fields.Text(filter.Search) is { } search ? $"%{Like.Escape(search.ToLowerInvariant())}%" : null,
            db.Now,
            paging.Size,
            paging.Offset,
        };
        var members = await db.List<Member>(caller.Organization, Sql, args, ct);
        var total = Totals.Seen(paging, members.Count) ?? new(await db.Find<long>(caller.Organization, CountSql, args, ct), false);
        var invitations = await db.List<Invitation>(caller.Organization, InvitationsSql, args, ct);
        // One row beyond the page was read: it says only that the list goes on.
        return new Response([.. members.Take(paging.Size)], invitations, PageMeta.Of(paging, total));
    }
}
