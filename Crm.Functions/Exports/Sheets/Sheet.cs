namespace Crm.Functions.Exports.Sheets;

/// <summary>What a cell holds: spreadsheets treat numbers and times as such, and never run a text.</summary>
internal enum CellKind
{
    Text,
    Number,
    Date,

    /// <summary>UTC.</summary>
    Time,
    Flag,
}

/// <param name="Title">The heading; an import finds the field by it.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Sql">What gives it.</param>
internal sealed record Column(string Title, CellKind Kind, string Sql);

/// <summary>What an export is made of: columns of a list's rows, newest first.</summary>
internal sealed record Sheet
{
    public required string Name { get; init; }

    /// <summary>What lists search, with its alias.</summary>
    public required string From { get; init; }

    public required string Alias { get; init; }
    public string Joins { get; init; } = "";
    public required Column[] Columns { get; init; }

    /// <summary>What <c>period</c> is about.</summary>
    public required string Since { get; init; }

    public string CountSql(string where, long most) => $"select count(*) from (select from {From} {Alias} {where} limit {most}) counted";

    /// <summary>The rows as the planner expects them.</summary>
    public string EstimateSql(string where) => $"explain (format json) select from {From} {Alias} {where}";

    public string Sql(string where) =>
        $"""
        select {string.Join(", ", Columns.Select(column => column.Sql))}
        from {From} {Alias}
        {Joins}
        {where}
        order by {Alias}.created_at desc, {Alias}.id desc
        """;
}
