using Crm.Functions.Templates;
using Crm.Shared.Database;

namespace Crm.Functions.Inbox.CannedReplies;

/// <summary>A reply to have at hand: what one types its shortcut for.</summary>
public sealed record CannedReply
{
    public required Guid Id { get; init; }

    /// <summary>What one types to get it: unique in the organisation, whatever its case.</summary>
    public required string Shortcut { get; init; }

    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>The text, with its variables.</summary>
    public required string Content { get; init; }

    /// <summary>The user who made it.</summary>
    public OwnerBrief Creator => new(CreatorId, CreatorFirstName, CreatorLastName);
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Counts up with each change; the <c>ETag</c> of a single one.</summary>
    public required int Version { get; init; }

    internal Guid CreatorId { get; init; }
    internal string CreatorFirstName { get; init; } = "";
    internal string CreatorLastName { get; init; } = "";

    public const string Columns = """
        r.id, r.shortcut, r.name, r.content, r.created_at, r.updated_at, r.version,
        r.creator_id, u.first_name as creator_first_name, u.last_name as creator_last_name
        """;

    public const string Joins = "join users u on u.organization_id = r.organization_id and u.id = r.creator_id";

    public const string ByIdSql = $"""
        select {Columns}
        from canned_replies r
        {Joins}
        where r.organization_id = @OrganizationId
          and r.id = @Id
        """;

    /// <summary>A shortcut as it is kept: the slash that many begin it with is no part of it.</summary>
    internal static string Key(string shortcut) => shortcut.Trim().TrimStart('/');

    /// <summary>Why a shortcut or a content cannot be; null when they can. What is not given is null.</summary>
    internal static Error? Fault(string? shortcut, string? content) =>
        shortcut is not null && (Key(shortcut).Length == 0 || Key(shortcut).Any(char.IsWhiteSpace))
            ? Error.Invalid("shortcut", "shortcut must be one word, such as thanks.")
            : content is null ? null : TemplateTexts.Read(null, content, null).Fault;

    public static Task<CannedReply?> Find(Db db, Scope scope, Guid id, CancellationToken ct) => db.Find<CannedReply>(scope, ByIdSql, new { Id = id }, ct);
}
