namespace Crm.Functions.Requests;

/// <summary>A list in a query string: repeated, or separated by commas.</summary>
public static class QueryList
{
    /// <summary>The items, or null when there are none.</summary>
    public static string[]? Of(string[]? given)
    {
        var items = given?.OfType<string>()
            .SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .ToArray();
        return items is { Length: > 0 } ? items : null;
    }

    /// <summary>The items in lower case, for words that are kept so; null when there are none.</summary>
    public static string[]? Words(string[]? given) => Of(given)?.Select(word => word.ToLowerInvariant()).ToArray();
}
