using System.Globalization;
using System.Text.Json;
using Crm.Functions.Auth;
using Crm.Functions.Exports.Sheets;
using Crm.Shared;
using Crm.Shared.Database;
using Dapper;

namespace Crm.Functions.Exports;

/// <summary>A request as it is carried out: whose rows of which list, and what becomes of them.</summary>
internal sealed record ExportPlan(string Type, Sheet Sheet, Scope Scope, string Where, DynamicParameters Args, bool IsExcel, bool IsRaw, string FileName)
{
    public const string Csv = "text/csv; charset=utf-8";
    public const string Excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    public string ContentType => IsExcel ? Excel : Csv;

    public string Format => IsExcel ? "excel" : "csv";

    public static (ExportPlan? Plan, Error? Fault) Of(ExportRequest request, Caller caller, DateTimeOffset now)
    {
        var isExcel = request.Format?.Trim().ToLowerInvariant() is "excel" or "xlsx";
        if (!isExcel && request.Format is { Length: > 0 } format && !string.Equals(format.Trim(), "csv", StringComparison.OrdinalIgnoreCase))
            return (null, Errors.InvalidFormat);
        DateTimeOffset? since = null;
        if (Fields.Text(request.Period) is { } period)
        {
            if (Period.First(period, caller.Today(now)) is not { } first)
                return (null, Errors.InvalidPeriod);
            since = LocalDay.StartOf(first, caller.Zone);
        }

        var type = request.Type?.Trim().ToLowerInvariant() ?? "";
        if (type is "contacts" or "deals" && request.OwnerId is { } owner && owner != caller.Scope.OwnedBy(owner).OwnerId)
            return (null, Errors.Forbidden with { Message = $"Staff export their own {type} only." });

        Scope scope;
        Sheet sheet;
        string where;
        object criteria;
        Error? fault = null;
        switch (type)
        {
            case "contacts":
                scope = caller.Scope.OwnedBy(request.OwnerId);
                (where, criteria) = request.Contacts.In(scope);
                sheet = ContactSheet.Sheet;
                break;
            case "deals":
                scope = caller.Scope.OwnedBy(request.OwnerId);
                var deals = request.Deals.In(scope, caller.Zone);
                (where, criteria, sheet) = (deals.Where, deals.Args(now), DealSheet.Sheet);
                break;
            case "invoices":
                scope = caller.Scope;
                (where, criteria, fault) = request.Invoices.In(scope, caller, now);
                sheet = InvoiceSheet.Sheet;
                break;
            case "products":
                scope = caller.Organization;
                (where, criteria) = request.Products.In();
                sheet = caller.ReachOf(Permission.ReadCosts) == Reach.None ? ProductSheet.WithoutCosts : ProductSheet.Sheet;
                break;
            default:
                return (null, Errors.InvalidType);
        }

        var args = new DynamicParameters(criteria);
        if (since is not null)
        {
            where += $"\n  and {sheet.Since} >= @Since";
            args.Add("Since", since);
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"{type}-{caller.Today(now):yyyy-MM-dd}.{(isExcel ? "xlsx" : "csv")}");
        return fault is null ? (new(type, sheet, scope, where, args, isExcel, request.Raw == true, name), null) : (null, fault);
    }

    /// <summary>How many rows it has, counted up to one more than <paramref name="most"/>.</summary>
    public async Task<long> Count(Db db, long most, CancellationToken ct) => (await db.Search<long>(Scope, Sheet.CountSql(Where, most + 1), Args, ct))[0];

    /// <summary>About how many rows it has.</summary>
    public async Task<long> Estimate(Db db, CancellationToken ct)
    {
        using var plan = JsonDocument.Parse(string.Concat(await db.Search<string>(Scope, Sheet.EstimateSql(Where), Args, ct)));
        return (long)plan.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble();
    }

    /// <summary>Writes the file; returns the number of its rows.</summary>
    /// <param name="db">The database.</param>
    /// <param name="output">Where it goes.</param>
    /// <param name="progress">Hears now and then how many rows are written.</param>
    /// <param name="ct">Gives it up.</param>
    public async Task<long> Write(Db db, Stream output, Func<long, Task>? progress, CancellationToken ct)
    {
        var rows = 0L;
        await db.Stream(
            Scope, Sheet.Sql(Where), Args,
            async reader => rows = IsExcel
                ? await ExcelWriter.Write(reader, Sheet, output, progress, ct)
                : await CsvRows.Write(reader, Sheet, output, IsRaw, progress, ct),
            ct);
        return rows;
    }
}
