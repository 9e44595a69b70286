using System.Text;

namespace Crm.Shared.Liquid;

/// <summary>What stands in place of each tag for one recipient, as much as the vendor takes: it writes 10,000 bytes, and was seen to refuse 8,500.</summary>
internal sealed class Substitutions
{
    private const int MostTags = 100;
    private const int MostBytes = 8_000;

    private int _bytes;

    public Dictionary<string, string> Values { get; } = new(StringComparer.Ordinal);

    public bool Add(string tag, string value)
    {
        Values[tag] = value;
        _bytes += Encoding.UTF8.GetByteCount(tag) + Encoding.UTF8.GetByteCount(value);
        return _bytes <= MostBytes && Values.Count <= MostTags;
    }
}
