namespace Crm.Functions.Auth;

/// <summary>An invitation, as those who may invite see it. Its link is only ever in the mail.</summary>
public sealed record Invitation
{
    /// <summary>How long a link is good for.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    public required Guid Id { get; init; }
    public required string Email { get; init; }
    public required string Role { get; init; }
    public string? Name { get; init; }

    /// <summary>pending, accepted, revoked or expired.</summary>
    public required string Status { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Whether the mail was handed over for sending; false when e-mail is not set up.</summary>
    public bool EmailSent { get; init; }
    public required string InvitedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public const string Select = """
        select i.id, i.email, i.role, i.name, i.expires_at, i.created_at, btrim(u.first_name || ' ' || u.last_name) as invited_by,
               case when i.status = 'pending' and i.expires_at <= @Now then 'expired' else i.status end as status
        from invitations i
        join users u on u.organization_id = i.organization_id and u.id = i.invited_by
        """;
}
