namespace Crm.Functions.Contacts.Imports;

/// <summary>An import of contacts and how far it is.</summary>
public sealed record Import
{
    public required Guid Id { get; init; }

    /// <summary>queued, running, completed, failed, undoing or undone.</summary>
    public required string Status { get; init; }

    /// <summary>The file's name, as it was sent.</summary>
    public required string FileName { get; init; }
    public required bool DryRun { get; init; }

    /// <summary>What becomes of a contact that is there already: update or skip.</summary>
    public required string OnDuplicate { get; init; }

    /// <summary>Where each column goes.</summary>
    public IReadOnlyList<MappedColumn> Mapping => [.. Columns.Zip(Fields, (column, name) => new MappedColumn(column, name.Length == 0 ? null : name))];

    /// <summary>Rows in the file.</summary>
    public required int Total { get; init; }

    /// <summary>Rows that are done with.</summary>
    public int Processed => Created + Updated + Unchanged + Skipped + Failed;

    /// <summary>Rows that became new contacts.</summary>
    public required int Created { get; init; }

    /// <summary>Rows that changed contacts.</summary>
    public required int Updated { get; init; }

    /// <summary>Rows that said nothing new.</summary>
    public required int Unchanged { get; init; }

    /// <summary>Rows left out because the contact was there already.</summary>
    public required int Skipped { get; init; }

    /// <summary>Rows that could not be imported.</summary>
    public required int Failed { get; init; }

    /// <summary>Why it was given up, when its status is failed.</summary>
    public string? Error { get; init; }

    /// <summary>After an undo: contacts that are deleted again.</summary>
    public required int Removed { get; init; }

    /// <summary>After an undo: contacts that are as they were before.</summary>
    public required int Restored { get; init; }

    /// <summary>After an undo: contacts left alone because somebody changed them since.</summary>
    public required int Kept { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was completed, or undone.</summary>
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

/// <summary>A column of the file and where it goes.</summary>
/// <param name="Column">Its heading.</param>
/// <param name="Field">The field it goes to; null when it is left out.</param>
public sealed record MappedColumn(string Column, string? Field);
