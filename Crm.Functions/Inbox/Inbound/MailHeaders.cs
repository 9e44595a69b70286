namespace Crm.Functions.Inbox.Inbound;

/// <summary>The headers of a mail, and what they say of who wrote it.</summary>
internal sealed class MailHeaders
{
    private static readonly string[] Bulk = ["bulk", "junk", "list"];
    private static readonly string[] Mailers = ["mailer-daemon", "postmaster"];

    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    public string? this[string name] => _values.GetValueOrDefault(name);

    /// <summary>
    /// Whether a machine says that it wrote it: an absence notice, a list's mail, a delivery report. Nobody reads an answer to those, and two machines that
    /// answer one another never end.
    /// </summary>
    public bool IsAutomatic =>
        this["Auto-Submitted"] is { } submitted && !submitted.StartsWith("no", StringComparison.OrdinalIgnoreCase)
        || Bulk.Contains(this["Precedence"], StringComparer.OrdinalIgnoreCase)
        || this["X-Auto-Response-Suppress"] is not null;

    public static bool IsMailer(string address) => Mailers.Contains(address.Split('@')[0], StringComparer.OrdinalIgnoreCase);

    /// <summary>Of headers that come twice the first one counts; a line that begins with a blank goes on with the one before.</summary>
    public static MailHeaders Read(string text)
    {
        var headers = new MailHeaders();
        string? name = null;
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.Length > 0 && char.IsWhiteSpace(line[0]))
            {
                if (name is not null)
                    headers._values[name] = $"{headers._values[name]} {line.Trim()}";
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            name = colon > 0 && headers._values.TryAdd(line[..colon].Trim(), line[(colon + 1)..].Trim()) ? line[..colon].Trim() : null;
        }

        return headers;
    }
}
