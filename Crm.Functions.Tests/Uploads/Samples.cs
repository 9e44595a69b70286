using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Uploads;

/// <summary>
/// Pictures with a place, a camera, a creator and a comment in them, written by exiftool; all but the last two are turned by 90 degrees where their format can
/// say so.
/// </summary>
internal static class Samples
{
    public static readonly string[] All = ["photo.jpg", "drawing.png", "moving.gif", "photo.webp", "prog.jpg", "lossless.webp"];

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Repository.Root, "Crm.Functions.Tests", "Uploads", "Pictures", name));

    /// <summary>A PNG of noise, of exactly this many bytes: a text that says nothing fills it up.</summary>
    public static byte[] Png(int length)
    {
        var (bare, end) = (Read("drawing.png"), Read("drawing.png").Length - 12);
        var filler = new byte[length - bare.Length - 12];
        Array.Fill(filler, (byte)'x');
        byte[] chunk = [.. "tEXt"u8, .. filler];
        return [.. bare[..end], .. Big((uint)filler.Length), .. chunk, .. Big(Checksum(chunk)), .. bare[end..]];
    }

    private static byte[] Big(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private static uint Checksum(byte[] bytes)
    {
        var sum = 0xFFFFFFFF;
        foreach (var value in bytes)
        {
            sum ^= value;
            for (var bit = 0; bit < 8; bit++)
                sum = (sum & 1) == 1 ? 0xEDB88320 ^ (sum >> 1) : sum >> 1;
        }

        return ~sum;
    }
}
