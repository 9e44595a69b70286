namespace Crm.Local.Providers;

/// <summary>
/// Every message that a vendor ever accepted, by the app's id of it and by its address, so that one can prove of a hundred thousand recipients that none was
/// missed and none got two. With a file it outlives the stack, however that ends.
/// </summary>
public sealed class Ledger : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly LedgerFile? _file;

    /// <param name="file">Only ever appended to; null keeps it in memory.</param>
    public Ledger(string? file = null)
    {
        if (file is null)
            return;
        _file = new(file, out var entries);
        Count(entries);
    }

    /// <summary>One accepted call's messages, all or none.</summary>
    public void Add(IReadOnlyList<SentMessage> messages)
    {
        var entries = messages.Select(m => new Entry(m.Id, m.DeliveryId ?? "", m.OrganizationId ?? "", m.Kind, m.To)).ToArray();
        lock (_lock)
        {
            _file?.Append(entries);
            Count(entries);
        }
    }

    /// <summary>Whether a message was accepted, by the vendor's id of it.</summary>
    public bool Knows(string messageId)
    {
        lock (_lock)
            return _ids.Contains(messageId);
    }

    /// <summary>How often each delivery was accepted, of one organisation or of all.</summary>
    public IReadOnlyDictionary<string, int> Deliveries(string? organizationId = null) => Deliveries(Entries(new() { OrganizationId = organizationId }));

    /// <summary>The figures of the messages that a filter leaves.</summary>
    public LedgerFigures Figures(LedgerFilter? filter = null)
    {
        var entries = Entries(filter ?? new());
        var deliveries = Deliveries(entries);
        string[] doubled = [.. deliveries.Where(delivery => delivery.Value > 1).Select(delivery => delivery.Key)];
        var recipients = entries.Select(entry => entry.To).Distinct(StringComparer.OrdinalIgnoreCase).Count();
        return new(entries.Count, recipients, deliveries.Count, doubled.Length) { DoubledIds = [.. doubled.Take(LedgerFigures.MostIds)] };
    }

    public void Dispose() => _file?.Dispose();

    private static Dictionary<string, int> Deliveries(IEnumerable<Entry> entries) =>
        entries.Where(entry => entry.Delivery.Length > 0).CountBy(entry => entry.Delivery, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);

    private List<Entry> Entries(LedgerFilter filter)
    {
        lock (_lock)
            return _entries.FindAll(filter.Leaves);
    }

    private void Count(IEnumerable<Entry> entries)
    {
        foreach (var entry in entries)
        {
            _entries.Add(entry);
            _ids.Add(entry.Id);
        }
    }

    /// <summary>A message: the vendor's id, the app's ids (empty where it gave none), kind and address.</summary>
    internal readonly record struct Entry(string Id, string Delivery, string Organization, string Kind, string To);
}

/// <summary>Which messages are counted; what is not given leaves all.</summary>
public sealed record LedgerFilter
{
    public string? OrganizationId { get; init; }
    public string? DeliveryId { get; init; }
    public string? Kind { get; init; }
    public string? To { get; init; }

    /// <summary>What follows the @ in an address.</summary>
    public string? Domain { get; init; }

    internal bool Leaves(Ledger.Entry entry) =>
        (OrganizationId is null || entry.Organization == OrganizationId)
        && (DeliveryId is null || entry.Delivery == DeliveryId)
        && (Kind is null || entry.Kind == Kind)
        && (To is null || entry.To.Equals(To, StringComparison.OrdinalIgnoreCase))
        && (Domain is null || entry.To.EndsWith($"@{Domain}", StringComparison.OrdinalIgnoreCase));
}

/// <summary>
/// Messages accepted, different addresses and deliveries among them (a delivery is what the app gave an id), and deliveries accepted more than once.
/// </summary>
public sealed record LedgerFigures(int Messages, int Recipients, int Deliveries, int Doubled)
{
    public const int MostIds = 1000;

    /// <summary>The first thousand of those.</summary>
    public IReadOnlyList<string> DoubledIds { get; init; } = [];
}
