using System.Buffers.Binary;

namespace Crm.Shared.Images;

/// <summary>
/// What cameras write into a picture: where and when it was taken, with what. One thing of it is about how the picture looks, which way up it is: that is kept.
/// </summary>
internal static class Exif
{
    private const ushort OrientationTag = 0x0112;
    private const int MostEntries = 1000;

    /// <summary>The block that says which way up the picture is and nothing else; null where it is the right way up, or not said.</summary>
    public static byte[]? OrientationOnly(ReadOnlySpan<byte> tiff) => Orientation(tiff) is { } orientation and >= 2 and <= 8
        ? [(byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0]
        : null;

    private static int? Orientation(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8 || !(tiff[..2].SequenceEqual("MM"u8) || tiff[..2].SequenceEqual("II"u8)))
            return null;
        var isBig = tiff[0] == 'M';
        var at = UInt32(tiff[4..], isBig);
        if (at > tiff.Length - 2)
            return null;
        var entries = tiff[((int)at + 2)..];
        var count = Math.Min(MostEntries, (int)UInt16(tiff[(int)at..], isBig));
        for (var entry = 0; entry < count && entries.Length >= 12; entry++, entries = entries[12..])
        {
            if (UInt16(entries, isBig) == OrientationTag)
                return UInt16(entries[8..], isBig);
        }

        return null;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool isBig) =>
        isBig ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool isBig) =>
        isBig ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
