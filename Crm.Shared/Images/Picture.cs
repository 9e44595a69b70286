namespace Crm.Shared.Images;

/// <summary>A picture as it may be shown to everybody: whole, of a kind that browsers show, without what its maker did not mean to tell.</summary>
/// <param name="Content">The file.</param>
/// <param name="ContentType">Its media type.</param>
/// <param name="Extension">How its name ends, without the dot.</param>
public sealed record Picture(byte[] Content, string ContentType, string Extension)
{
    /// <summary>So that no browser is asked to lay out gigabytes: phones make 50 million.</summary>
    private const long MostPixels = 100_000_000;

    /// <summary>
    /// Reads a file by its bytes, whatever it calls itself; null when it is no whole JPEG, PNG, GIF or WebP. What is no picture is cut out (places, times,
    /// cameras, comments, previews, and whatever stands behind the end); the picture itself is not touched.
    /// </summary>
    public static Picture? Read(ReadOnlySpan<byte> file)
    {
        foreach (var format in Formats)
        {
            if (!file.StartsWith(format.Signature))
                continue;
            using var output = new MemoryStream(file.Length);
            return format.Clean(new ByteReader(file), output) is { Width: > 0, Height: > 0 } size && size.Width * size.Height <= MostPixels
                ? new(output.ToArray(), $"image/{format.Name}", format.Extension)
                : null;
        }

        return null;
    }

    private static readonly Format[] Formats =
    [
        new("jpeg", "jpg", [0xFF, 0xD8, 0xFF], Jpeg.Clean), new("png", "png", Png.Signature, Png.Clean), new("gif", "gif", "GIF8"u8.ToArray(), Gif.Clean),
        new("webp", "webp", "RIFF"u8.ToArray(), Webp.Clean),
    ];

    private delegate PictureSize? Cleaner(ByteReader file, MemoryStream output);

    private sealed record Format(string Name, string Extension, byte[] Signature, Cleaner Clean);
}

/// <summary>In pixels.</summary>
internal sealed record PictureSize(long Width, long Height);
