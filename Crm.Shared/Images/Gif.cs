namespace Crm.Shared.Images;

/// <summary>GIF: images and extensions, each a row of blocks.</summary>
internal static class Gif
{
    private const byte Extension = 0x21;
    private const byte Image = 0x2C;
    private const byte Trailer = 0x3B;
    private const byte GraphicControl = 0xF9;
    private const byte Application = 0xFF;

    public static PictureSize? Clean(ByteReader file, MemoryStream output)
    {
        var version = file.Take(6);
        if (!version.SequenceEqual("GIF87a"u8) && !version.SequenceEqual("GIF89a"u8))
            return null;
        var size = new PictureSize(file.LittleUInt16(), file.LittleUInt16());
        SkipColours(ref file, file.Byte(), after: 2);
        output.Write(file.Since(0));
        var hasImage = false;
        while (!file.IsPast)
        {
            var start = file.Position;
            switch (file.Byte())
            {
                case Image:
                    file.Take(8);
                    SkipColours(ref file, file.Byte(), after: 0);
                    file.Byte();
                    SkipBlocks(ref file);
                    hasImage = true;
                    output.Write(file.Since(start));
                    break;
                case Extension:
                    var isKept = IsPicture(ref file);
                    SkipBlocks(ref file);
                    if (isKept)
                        output.Write(file.Since(start));
                    break;
                case Trailer:
                    output.WriteByte(Trailer);
                    return hasImage ? size : null;
                default:
                    return null;
            }
        }

        return null;
    }

    private static void SkipColours(ref ByteReader file, byte flags, int after)
    {
        file.Take(after);
        if ((flags & 0x80) != 0)
            file.Take(3L << ((flags & 7) + 1));
    }

    // How long an image is shown, and how often all of them are; not comments, texts and what applications keep.
    private static bool IsPicture(ref ByteReader file)
    {
        var label = file.Byte();
        if (label != Application)
            return label == GraphicControl;
        var name = file.Take(file.Byte());
        return name.SequenceEqual("NETSCAPE2.0"u8) || name.SequenceEqual("ANIMEXTS1.0"u8);
    }

    private static void SkipBlocks(ref ByteReader file)
    {
        while (!file.IsPast && file.Byte() is > 0 and var length)
            file.Take(length);
    }
}
