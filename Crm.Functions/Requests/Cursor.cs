using System.Buffers.Binary;
using System.Buffers.Text;

namespace Crm.Functions.Requests;

/// <summary>The last row of a page, from which the next one continues: its time and its id.</summary>
public sealed record Cursor(DateTimeOffset Time, Guid Id)
{
    private const int Length = 24;

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Time.UtcTicks);
        Id.TryWriteBytes(bytes[8..]);
        return Base64Url.EncodeToString(bytes);
    }

    public static Cursor? Read(string? text)
    {
        if (text is null)
            return null;
        Span<byte> bytes = stackalloc byte[Length];
        // Checked first: decoding refuses a text that is too long, but throws at one that is no Base64.
        if (Base64Url.IsValid(text) && Base64Url.TryDecodeFromChars(text, bytes, out var read) && read == Length
            && BinaryPrimitives.ReadInt64BigEndian(bytes) is var ticks && ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks)
            return new(new DateTimeOffset(ticks, TimeSpan.Zero), new Guid(bytes[8..]));
        throw new InvalidInputException("cursor", "cursor must be the nextCursor of an earlier answer.");
    }

    /// <summary>Takes the row read beyond the page off again; it says only that there is a next page.</summary>
    public static (IReadOnlyList<T> Rows, string? Next) Cut<T>(List<T> rows, int size, Func<T, Cursor> of) =>
        rows.Count <= size ? (rows, null) : (rows[..size], of(rows[size - 1]).ToString());
}
