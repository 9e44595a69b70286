namespace Crm.Shared.Images;

/// <summary>JPEG: segments, each of which says what it is, and the coded data.</summary>
internal static class Jpeg
{
    private const byte StartOfScan = 0xDA;
    private const byte EndOfImage = 0xD9;
    private const byte Comment = 0xFE;

    private static ReadOnlySpan<byte> ExifName => "Exif\0\0"u8;

    public static PictureSize? Clean(ByteReader file, MemoryStream output)
    {
        output.Write(file.Take(2));
        PictureSize? size = null;
        var hasScan = false;
        while (!file.IsPast)
        {
            var start = file.Position;
            if (file.Byte() != 0xFF)
                return null;
            var marker = file.Byte();
            // Marks may be filled up.
            while (marker == 0xFF)
                marker = file.Byte();
            if (marker == EndOfImage)
            {
                output.Write([0xFF, EndOfImage]);
                return hasScan ? size : null;
            }

            var length = file.BigUInt16();
            var content = file.Take(length - 2);
            if (file.IsPast)
                return null;
            if (marker == 0xE1 && content.StartsWith(ExifName))
                WriteOrientation(content[ExifName.Length..], output);
            else if (IsPicture(marker, content))
                output.Write(file.Since(start));
            if (IsFrame(marker) && content.Length >= 5)
                size = new((content[3] << 8) | content[4], (content[1] << 8) | content[2]);
            if (marker != StartOfScan)
                continue;
            hasScan = true;
            start = file.Position;
            file.SkipCodedData();
            output.Write(file.Since(start));
        }

        return null;
    }

    // What an application added is kept where it changes the colours.
    private static bool IsPicture(byte marker, ReadOnlySpan<byte> content) => marker switch
    {
        0xE0 => content.StartsWith("JFIF\0"u8),
        0xE2 => content.StartsWith("ICC_PROFILE\0"u8),
        0xEE => content.StartsWith("Adobe"u8),
        >= 0xE1 and <= 0xEF or Comment => false,
        _ => true,
    };

    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    private static void WriteOrientation(ReadOnlySpan<byte> tiff, MemoryStream output)
    {
        if (Exif.OrientationOnly(tiff) is not { } kept)
            return;
        output.Write([0xFF, 0xE1, 0, (byte)(2 + ExifName.Length + kept.Length)]);
        output.Write(ExifName);
        output.Write(kept);
    }
}
