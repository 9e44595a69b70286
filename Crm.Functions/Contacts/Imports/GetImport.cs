using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts.Imports;

public static class GetImport
{
    /// <summary>A row that could not be imported.</summary>
    /// <param name="Row">Its number among the rows: the first after the heading is 1, and blank ones do not count.</param>
    /// <param name="Line">The line of the file on which it starts: the heading's is 1.</param>
    /// <param name="Error">Why.</param>
    public sealed record RowError(int Row, int? Line, string Error);

    /// <summary>An import with the first hundred rows that failed.</summary>
    /// <param name="Import">How far it is.</param>
    /// <param name="Errors">The first hundred rows that failed.</param>
    public sealed record Response(Import Import, IReadOnlyList<RowError> Errors);

    private const string ErrorsSql = """
        select row_number, line, error
        from import_rows
        where organization_id = @OrganizationId
          and import_id = @Id
          and outcome = 'failed'
        order by row_number
        limit 100
        """;

    private sealed record Row(int RowNumber, int? Line, string Error);

    /// <summary>How far an import is, and what went wrong.</summary>
    /// <remarks>Its rows, and with them the errors, are kept for 30 days.</remarks>
    [Function("GetImport"), Tags("Contacts"), Allow(Permission.ImportContacts)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "contacts/import/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct)
    {
        var scope = caller.Scope;
        var import = await db.Find<Import>(scope, Import.ByIdSql, new { Id = id }, ct);
        if (import is null)
            return await Access.Refusal(db, scope, Owned.Import, id, Errors.ImportNotFound, ct);
        var errors = await db.List<Row>(scope, ErrorsSql, new { Id = id }, ct);
        return new Response(import, [.. errors.Select(row => new RowError(row.RowNumber, row.Line, row.Error))]);
    }
}
