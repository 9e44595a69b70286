namespace Crm.Shared;

/// <summary>A person's name in two parts, however it was given.</summary>
public static class PersonName
{
    /// <summary>Takes first and last name as given, else splits the full name at its last space.</summary>
    public static (string? First, string? Last) From(string? name, string? first, string? last)
    {
        first = Clean(first);
        last = Clean(last);
        if (first is not null || last is not null || Clean(name) is not { } full)
            return (first, last);
        var space = full.Length - 1;
        while (space >= 0 && !char.IsWhiteSpace(full[space]))
            space--;
        return space < 0 ? (full, null) : (full[..space].Trim(), full[(space + 1)..]);
    }

    private static string? Clean(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
