namespace Crm.Functions.Exports;

/// <summary>An export that is made in the background, and how far it is.</summary>
public sealed record Export
{
    public required Guid Id { get; init; }

    /// <summary>The same as <c>id</c>.</summary>
    public Guid JobId => Id;

    /// <summary>contacts, deals, invoices or products.</summary>
    public required string Type { get; init; }

    /// <summary>csv or excel.</summary>
    public required string Format { get; init; }

    /// <summary>What the file is called.</summary>
    public required string FileName { get; init; }

    /// <summary>queued, running, completed or failed.</summary>
    public required string Status { get; init; }

    /// <summary>About how many rows it will have.</summary>
    public required long ExpectedRows { get; init; }

    /// <summary>How many it has.</summary>
    public required long Rows { get; init; }

    /// <summary>In bytes, once it is completed.</summary>
    public long? Size { get; init; }

    /// <summary>Where the file is, for whoever knows the address, until it expires; null before it is completed and after.</summary>
    public string? Url { get; init; }

    /// <summary>Why it was given up.</summary>
    public string? Error { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was completed or given up.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Until when the file is kept.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    internal byte[]? TokenHash { get; init; }

    /// <summary>One export, within the caller's scope: staff see their own.</summary>
    public const string ByIdSql = """
        select e.id, e.type, e.format, e.file_name, e.status, e.expected as expected_rows, e.rows, f.size, e.error, e.created_at, e.finished_at, e.expires_at,
               e.token_hash
        from exports e
        left join stored_files f on f.organization_id = e.organization_id and f.id = e.file_id
        where e.organization_id = @OrganizationId
          and e.id = @Id
          and (@OwnerId::uuid is null or e.user_id = @OwnerId)
        """;
}
