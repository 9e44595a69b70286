using System.Buffers.Binary;

namespace Crm.Shared.Images;

/// <summary>PNG: chunks, each with a checksum.</summary>
internal static class Png
{
    public static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    private const string Header = "IHDR";

    /// <summary>What makes the picture, its colours and its movement. Texts, times and what is not known are left out.</summary>
    private static readonly string[] Kept =
    [
        Header, "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "bKGD", "pHYs", "cICP", "mDCV", "cLLI", "acTL", "fcTL", "fdAT",
    ];

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(static number => Remainder((uint)number))];

    public static PictureSize? Clean(ByteReader file, MemoryStream output)
    {
        output.Write(file.Take(Signature.Length));
        PictureSize? size = null;
        var hasData = false;
        while (true)
        {
            var start = file.Position;
            var length = file.BigUInt32();
            var chunk = file.Take(4L + length);
            var checksum = file.BigUInt32();
            if (file.IsPast || checksum != Checksum(chunk))
                return null;
            var name = System.Text.Encoding.Latin1.GetString(chunk[..4]);
            var content = chunk[4..];
            if (size is null != (name == Header))
                return null;
            if (name == Header)
                size = content.Length == 13 ? new(BinaryPrimitives.ReadUInt32BigEndian(content), BinaryPrimitives.ReadUInt32BigEndian(content[4..])) : null;
            if (size is null)
                return null;
            hasData |= name == "IDAT";
            if (name == "eXIf" && Exif.OrientationOnly(content) is { } kept)
                Write([.. "eXIf"u8, .. kept], output);
            else if (Kept.Contains(name, StringComparer.Ordinal))
                output.Write(file.Since(start));
            if (name == "IEND")
                return hasData ? size : null;
        }
    }

    private static void Write(byte[] chunk, MemoryStream output)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(number, (uint)(chunk.Length - 4));
        output.Write(number);
        output.Write(chunk);
        BinaryPrimitives.WriteUInt32BigEndian(number, Checksum(chunk));
        output.Write(number);
    }

    // CRC-32, as the format asks for.
    private static uint Checksum(ReadOnlySpan<byte> chunk)
    {
        var sum = 0xFFFFFFFF;
        foreach (var value in chunk)
            sum = Table[(byte)(sum ^ value)] ^ (sum >> 8);
        return ~sum;
    }

    private static uint Remainder(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
            value = (value & 1) == 1 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
        return value;
    }
}
