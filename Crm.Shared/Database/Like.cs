namespace Crm.Shared.Database;

/// <summary>Text as part of a <c>like</c> pattern.</summary>
public static class Like
{
    /// <summary>Takes the pattern's own signs literally.</summary>
    public static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
