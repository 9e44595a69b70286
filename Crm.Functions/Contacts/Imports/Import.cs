namespace Crm.Functions.Contacts.Imports;

/// <summary>An import of contacts and how far it is.</summary>
public sealed record Import
{
    public required Guid Id { get; init; }

    /// <summary>queued, running, completed, failed, undoing or undone.</summary>
    public required string Status { get; init; }
    public required string FileName { get; init; }
    public required bool DryRun { get; init; }
    public required string OnDuplicate { get; init; }
    public IReadOnlyList<MappedColumn> Mapping => [.. Columns.Zip(Fields, (column, name) => new MappedColumn(column, name.Length == 0 ? null : name))];

    /// <summary>Rows in the file.</summary>
    public required int Total { get; init; }
    public int Processed => Created + Updated + Unchanged + Skipped + Failed;
    public required int Created { get; init; }
    public required int Updated { get; init; }
    public required int Unchanged { get; init; }
    public required int Skipped { get; init; }
    public required int Failed { get; init; }

    /// <summary>Why it was given up, when its status is failed.</summary>
    public string? Error { get; init; }

    /// <summary>After an undo: contacts removed, put back as they were, and kept because somebody changed them since.</summary>
    public required int Removed { get; init; }
    public required int Restored { get; init; }
    public required int Kept { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    internal string[] Columns { get; init; } = [];
    internal string[] Fields { get; init; } = [];

    public const string Select = """
        select id, status, file_name, dry_run, on_duplicate, total, created, updated, unchanged, skipped, failed, error, removed, restored, kept,
               created_at, finished_at, columns, fields
        from imports
        """;

    /// <summary>One import, within the caller's scope: staff see their own.</summary>
    public const string ByIdSql = $"""
        {Select}
        where organization_id = @OrganizationId
          and id = @Id
          and (@OwnerId::uuid is null or user_id = @OwnerId)
        """;
}

/// <summary>A column of the file and the field it goes to, null when it is left out.</summary>
public sealed record MappedColumn(string Column, string? Field);
