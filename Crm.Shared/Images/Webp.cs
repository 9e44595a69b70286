using System.Buffers.Binary;

namespace Crm.Shared.Images;

/// <summary>WebP: chunks in a RIFF file.</summary>
internal static class Webp
{
    private const int HeaderLength = 12;
    private const string Extended = "VP8X";
    private const byte HasExif = 0x08;
    private const byte HasXmp = 0x04;

    private static readonly string[] Images = ["VP8 ", "VP8L", "ANMF"];
    private static readonly string[] Kept = [.. Images, "ALPH", "ANIM", "ICCP"];

    public static PictureSize? Clean(ByteReader file, MemoryStream output)
    {
        file.Take(4);
        var end = file.LittleUInt32() + 8L;
        if (!file.Take(4).SequenceEqual("WEBP"u8))
            return null;
        output.Write(file.Since(0));
        PictureSize? size = null;
        int? flags = null;
        var hasImage = false;
        byte[]? orientation = null;
        while (file.Position < end)
        {
            var start = file.Position;
            var name = System.Text.Encoding.Latin1.GetString(file.Take(4));
            var length = file.LittleUInt32();
            var content = file.Take(length);
            // Filled up to an even length; the last one may do without.
            if ((length & 1) == 1 && !file.IsAtEnd)
                file.Take(1);
            if (file.IsPast)
                return null;
            if (name == Extended && content.Length >= 10)
                (flags, size) = ((int)output.Position + 8, new(1 + UInt24(content[4..]), 1 + UInt24(content[7..])));
            else
                size ??= SizeOf(name, content);
            hasImage |= Images.Contains(name, StringComparer.Ordinal);
            if (name == "EXIF")
                orientation = Exif.OrientationOnly(content.StartsWith("Exif\0\0"u8) ? content[6..] : content);
            if (name == Extended || Kept.Contains(name, StringComparer.Ordinal))
                output.Write(file.Since(start));
        }

        if (!hasImage)
            return null;
        Finish(output, flags, orientation);
        return size;
    }

    private static void Finish(MemoryStream output, int? flags, byte[]? orientation)
    {
        if ((output.Length & 1) == 1)
            output.WriteByte(0);
        // Only the extended form may have it.
        if (flags is not null && orientation is not null)
        {
            output.Write([.. "EXIF"u8, (byte)orientation.Length, 0, 0, 0]);
            output.Write(orientation);
        }

        var bytes = output.GetBuffer();
        if (flags is { } at)
            bytes[at] = (byte)(bytes[at] & ~(HasExif | HasXmp) | (orientation is null ? 0 : HasExif));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), (uint)(output.Length - HeaderLength + 4));
    }

    // Of a file that has one image and nothing else.
    private static PictureSize? SizeOf(string name, ReadOnlySpan<byte> content) => name switch
    {
        "VP8 " when content.Length >= 10 => new(
            BinaryPrimitives.ReadUInt16LittleEndian(content[6..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(content[8..]) & 0x3FFF),
        "VP8L" when content.Length >= 5 && BinaryPrimitives.ReadUInt32LittleEndian(content[1..]) is var bits =>
            new(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)),
        _ => null,
    };

    private static long UInt24(ReadOnlySpan<byte> bytes) => bytes[0] | bytes[1] << 8 | bytes[2] << 16;
}
