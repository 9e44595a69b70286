using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Primitives;

namespace Crm.Functions.Requests;

/// <summary>Which page of a list, in which order: <c>page</c>, <c>pageSize</c> (alias <c>limit</c>), <c>cursor</c>, <c>sortBy</c>, <c>sortOrder</c>.</summary>
public sealed record Paging(int Page, int Size, string? Cursor, string? SortBy, bool? Descending)
{
    public const int DefaultSize = 25;
    public const int LargestSize = 100;

    /// <summary>So that the offset of a page is a number the database takes.</summary>
    private const int LargestPage = int.MaxValue / LargestSize;

    public int Offset => (Page - 1) * Size;

    public static ValueTask<Paging> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var fields = parameter.GetCustomAttribute<PagesAttribute>()?.SortFields ?? [];
        var query = context.Request.Query;
        var page = Number(query, "page") ?? 1;
        var size = Number(query, query.ContainsKey("pageSize") ? "pageSize" : "limit") ?? DefaultSize;
        return ValueTask.FromResult(new Paging(
            page <= LargestPage ? (int)page : throw NoNumber("page"),
            (int)Math.Min(size, LargestSize),
            Text(query["cursor"]),
            Text(query["sortBy"]) is { } sortBy && fields.Length > 0 ? Choose(sortBy, fields) : fields.FirstOrDefault(),
            Text(query["sortOrder"])?.ToLowerInvariant() switch
            {
                null => null,
                "asc" => false,
                "desc" => true,
                _ => throw new InvalidInputException("sortOrder", "sortOrder must be one of asc, desc."),
            }));
    }

    private static string Choose(string sortBy, string[] fields) =>
        fields.FirstOrDefault(field => string.Equals(field, sortBy, StringComparison.OrdinalIgnoreCase))
        ?? throw new InvalidInputException("sortBy", $"sortBy must be one of {string.Join(", ", fields)}.");

    private static long? Number(IQueryCollection query, string name)
    {
        if (Text(query[name]) is not { } text)
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 ? number : throw NoNumber(name);
    }

    private static InvalidInputException NoNumber(string name) => new(name, $"{name} must be a whole number from 1.");

    private static string? Text(StringValues values) => StringValues.IsNullOrEmpty(values) || string.IsNullOrWhiteSpace(values[0]) ? null : values[0];
}

/// <summary>How a list may be paged: the fields it sorts by, the default first, and whether it takes a cursor.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class PagesAttribute(params string[] sortFields) : Attribute
{
    public string[] SortFields => sortFields;

    public bool ByCursor { get; init; }
}

/// <summary>The <c>meta</c> of a page.</summary>
public sealed record PageMeta(Pagination Pagination)
{
    public static PageMeta Of(Paging paging, Total total, string? nextCursor = null)
    {
        var pages = (int)((total.Count + paging.Size - 1) / paging.Size);
        var hasNext = paging.Cursor is null ? paging.Page < pages : nextCursor is not null;
        var hasPrev = paging.Page > 1 && total.Count > 0;
        return new(new Pagination(paging.Page, paging.Size, total.Count, pages, hasNext, hasPrev, total.IsEstimate ? true : null, nextCursor));
    }
}

/// <summary>Where a page stands in its list.</summary>
/// <param name="Page">From 1.</param>
/// <param name="PageSize">Rows a page, 100 at most.</param>
/// <param name="Total">Rows in the list.</param>
/// <param name="TotalPages">Pages in the list.</param>
/// <param name="HasNext">Whether a page follows.</param>
/// <param name="HasPrev">Whether a page precedes.</param>
/// <param name="TotalIsEstimate">True when the list is so long (over 10,000) that the total is estimated.</param>
/// <param name="NextCursor">Give it as <c>cursor</c> for the next rows at the same cost however deep; null at the end.</param>
public sealed record Pagination(int Page, int PageSize, long Total, int TotalPages, bool HasNext, bool HasPrev,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? TotalIsEstimate,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? NextCursor);
