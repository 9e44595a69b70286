using System.Text.Json;

namespace Crm.Functions.Templates;

/// <summary>A text that is sent again and again, as lists show it.</summary>
public record Template
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }

    /// <summary>email, sms, invoice, proposal or contract.</summary>
    public required string Type { get; init; }

    /// <summary>The subject of the mail.</summary>
    public string? Subject { get; init; }

    /// <summary>The text, with its variables.</summary>
    public required string Content { get; init; }

    /// <summary>The variables that the client named or the texts use, as they are written.</summary>
    public string[] Variables { get; init; } = [];
    public string? Category { get; init; }
    public string[] Tags { get; init; } = [];

    /// <summary>Whether it is the one that is taken for its type when none is named.</summary>
    public required bool IsDefault { get; init; }

    /// <summary>Whether it is offered; a deleted one is not.</summary>
    public required bool IsActive { get; init; }

    /// <summary>Whether the organisation started with it: such a one cannot be changed or deleted.</summary>
    public required bool IsSystem { get; init; }

    /// <summary>How often it was sent.</summary>
    public required long Usage { get; init; }

    /// <summary>The user who made it; null for a system template.</summary>
    public OwnerBrief? Creator => CreatorId is { } id && CreatorFirstName is not null ? new(id, CreatorFirstName, CreatorLastName ?? "") : null;
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Counts up with each change, but not with usage; the <c>ETag</c> of a single template.</summary>
    public required int Version { get; init; }

    internal Guid? CreatorId { get; init; }
    internal string? CreatorFirstName { get; init; }
    internal string? CreatorLastName { get; init; }

    public const string Columns = """
        t.id, t.name, t.type, t.subject, t.content, t.variables, t.category, t.tags, t.is_default, t.is_active, t.is_system, t.usage, t.created_at,
        t.updated_at, t.version, t.creator_id, u.first_name as creator_first_name, u.last_name as creator_last_name
        """;

    public const string Joins = "left join users u on u.organization_id = t.organization_id and u.id = t.creator_id";
}

/// <summary>A single template, with all that lists leave out.</summary>
public sealed record TemplateDetail : Template
{
    /// <summary>The html of the mail, cleaned of all that could run; null when it is text alone.</summary>
    public string? HtmlContent { get; init; }

    /// <summary>What the client's editor keeps here.</summary>
    public JsonElement Settings { get; init; }

    public const string DetailColumns = $"{Columns}, t.html_content, t.settings";

    /// <summary>Deleted ones too: they stay readable.</summary>
    public const string ByIdSql = $"""
        select {DetailColumns}
        from templates t
        {Joins}
        where t.organization_id = @OrganizationId
          and t.id = @Id
        """;
}
