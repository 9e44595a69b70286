using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Local.Providers.Stripe;

/// <summary>
/// What the vendor keeps: payments, charges, refunds, disputes, the events that told of them, and what was answered to which idempotency key. With a file it
/// outlives the stack; of an object the last line counts.
/// </summary>
internal sealed class StripeObjects : IDisposable
{
    private readonly Dictionary<string, JsonObject> _objects = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly StreamWriter? _file;

    public StripeObjects(string? file)
    {
        if (file is null)
            return;
        foreach (var line in File.Exists(file) ? File.ReadAllLines(file) : [])
        {
            if (Parse(line) is { } kept)
                Keep(kept);
        }

        _file = new(new FileStream(file, FileMode.Append, FileAccess.Write));
    }

    /// <summary>Whoever reads or changes objects holds it.</summary>
    public Lock Lock { get; } = new();

    public JsonObject? Find(string id) => _objects.GetValueOrDefault(id);

    /// <summary>All of a kind, the oldest first.</summary>
    public IEnumerable<JsonObject> All(string kind) => _order.Select(id => _objects[id]).Where(one => (string?)one["object"] == kind);

    public void Save(JsonObject changed)
    {
        Keep(changed);
        _file?.WriteLine(changed.ToJsonString());
        _file?.Flush();
    }

    public void Dispose() => _file?.Dispose();

    private void Keep(JsonObject kept)
    {
        var id = (string)kept["id"]!;
        if (!_objects.ContainsKey(id))
            _order.Add(id);
        _objects[id] = kept;
    }

    private static JsonObject? Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line)?.AsObject();
        }
        catch (JsonException)
        {
            // A killed run left it unfinished.
            return null;
        }
    }
}
