namespace Crm.Local.Providers;

/// <summary>
/// Counts every message that a vendor ever accepted, by the app's id of it and by its address, so that one can prove of a hundred thousand recipients that none
/// was missed and none got two. With a file it outlives the stack.
/// </summary>
public sealed class Ledger : IDisposable
{
    private const int FewestFields = 4;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Tally> _deliveries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _addresses = new(StringComparer.OrdinalIgnoreCase);
    private readonly StreamWriter? _writer;
    private long _messages;

    /// <param name="file">One message a line, only ever appended to: delivery, organisation, kind, address.</param>
    public Ledger(string? file = null)
    {
        if (file is null)
            return;
        if (File.Exists(file))
        {
            foreach (var fields in File.ReadLines(file).Select(line => line.Split('\t')).Where(fields => fields.Length >= FewestFields))
                Count(fields[0], fields[1], fields[3]);
        }

        _writer = new(file, append: true);
        // A killed run may have left a line unfinished.
        if (_writer.BaseStream.Length > 0)
            _writer.WriteLine();
    }

    public void Add(IReadOnlyList<SentMessage> messages)
    {
        lock (_lock)
        {
            foreach (var message in messages)
            {
                Count(message.DeliveryId ?? "", message.OrganizationId ?? "", message.To);
                _writer?.WriteLine($"{message.DeliveryId}\t{message.OrganizationId}\t{message.Kind}\t{message.To}");
            }

            _writer?.Flush();
        }
    }

    /// <summary>How often each delivery was accepted, of one organisation or of all.</summary>
    public IReadOnlyDictionary<string, int> Deliveries(string? organizationId = null)
    {
        lock (_lock)
            return Of(organizationId).ToDictionary(entry => entry.Key, entry => entry.Value.Count, StringComparer.Ordinal);
    }

    /// <summary>How often one delivery was accepted.</summary>
    public int CountOf(string deliveryId)
    {
        lock (_lock)
            return _deliveries.GetValueOrDefault(deliveryId).Count;
    }

    /// <summary>How many messages an address got.</summary>
    public int CountTo(string address)
    {
        lock (_lock)
            return _addresses.GetValueOrDefault(address);
    }

    /// <summary>The figures, of one organisation's deliveries or of all.</summary>
    public LedgerFigures Figures(string? organizationId = null)
    {
        lock (_lock)
        {
            var deliveries = Of(organizationId).ToArray();
            var doubled = deliveries.Where(entry => entry.Value.Count > 1).ToArray();
            var identified = deliveries.Sum(entry => (long)entry.Value.Count);
            return new(string.IsNullOrEmpty(organizationId) ? _messages : identified, deliveries.Length, doubled.Length)
            {
                DoubledIds = [.. doubled.Take(LedgerFigures.MostIds).Select(entry => entry.Key)],
            };
        }
    }

    public void Dispose() => _writer?.Dispose();

    private IEnumerable<KeyValuePair<string, Tally>> Of(string? organizationId) =>
        string.IsNullOrEmpty(organizationId) ? _deliveries : _deliveries.Where(entry => entry.Value.Organization == organizationId);

    private void Count(string delivery, string organization, string address)
    {
        _messages++;
        _addresses[address] = _addresses.GetValueOrDefault(address) + 1;
        if (delivery.Length > 0)
            _deliveries[delivery] = new(organization, _deliveries.GetValueOrDefault(delivery).Count + 1);
    }

    private readonly record struct Tally(string Organization, int Count);
}

/// <summary>Messages accepted, deliveries among them (messages that carry the app's id of a recipient), and deliveries accepted more than once.</summary>
public sealed record LedgerFigures(long Messages, int Deliveries, int Doubled)
{
    public const int MostIds = 1000;

    /// <summary>The first thousand of those.</summary>
    public IReadOnlyList<string> DoubledIds { get; init; } = [];
}
