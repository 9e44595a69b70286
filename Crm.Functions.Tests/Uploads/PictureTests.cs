using System.Text;
using Crm.Shared.Images;
using PdfSharp.Drawing;

namespace Crm.Functions.Tests.Uploads;

/// <summary>What is a picture, and what of it is kept.</summary>
public sealed class PictureTests
{
    private static readonly string[] Secrets = ["Secret", "secret", "GPS", "xmp", "Exif\0\0II", "photoshop", "8BIM"];

    public static TheoryData<string> Names => [.. Samples.All];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_it_tells_of_places_cameras_and_people_is_cut_out_and_the_rest_is_as_it_was(string name)
    {
        var file = Samples.Read(name);

        var picture = Picture.Read(file)!;

        var text = Encoding.Latin1.GetString(picture.Content);
        Assert.All(Secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        Assert.Equal(name.Split('.')[^1], picture.Extension);
        Assert.Equal(name.EndsWith("jpg", StringComparison.Ordinal) ? "image/jpeg" : $"image/{picture.Extension}", picture.ContentType);
        Assert.True(picture.Content.AsSpan().IndexOf(Essence(file)) >= 0, "The coded picture itself was changed.");
        // Cleaned once is clean.
        Assert.Equal(picture.Content, Picture.Read(picture.Content)!.Content);
    }

    [Theory]
    [InlineData("photo.jpg")]
    [InlineData("drawing.png")]
    [InlineData("photo.webp")]
    public void Which_way_up_it_is_stays(string name)
    {
        byte[] turned = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6];

        Assert.True(Picture.Read(Samples.Read(name))!.Content.AsSpan().IndexOf(turned) > 0);
    }

    [Fact]
    public void A_moving_gif_still_moves_for_ever()
    {
        var content = Encoding.Latin1.GetString(Picture.Read(Samples.Read("moving.gif"))!.Content);

        Assert.Contains("NETSCAPE2.0\u0003\u0001", content, StringComparison.Ordinal);
        Assert.Equal(2, content.Split("\u0021\u00f9\u0004").Length - 1);
    }

    [Theory]
    [InlineData("photo.jpg")]
    [InlineData("drawing.png")]
    [InlineData("prog.jpg")]
    public void Others_read_what_is_kept(string name)
    {
        using var image = XImage.FromStream(new MemoryStream(Picture.Read(Samples.Read(name))!.Content));

        Assert.Equal((24, 16), (image.PixelWidth, image.PixelHeight));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_that_breaks_off_is_no_picture_wherever_it_does(string name)
    {
        var file = Samples.Read(name);
        // Behind its end marker nothing is missed.
        var whole = name.StartsWith("lossless", StringComparison.Ordinal) ? file.Length - 1 : file.Length;

        for (var length = 0; length < whole; length++)
            Assert.True(Picture.Read(file.AsSpan(0, length)) is null, $"{length} of {file.Length} bytes");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Whatever_stands_behind_the_end_goes(string name)
    {
        var file = Samples.Read(name);
        byte[] polyglot = [.. file, .. "PK\x03\x04<script>alert(1)</script>"u8];

        Assert.Equal(Picture.Read(file)!.Content, Picture.Read(polyglot)!.Content);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_broken_byte_makes_it_fail(string name)
    {
        var file = Samples.Read(name);
        var random = new Random(name.Length);
        for (var round = 0; round < 5_000; round++)
        {
            var broken = file.ToArray();
            for (var fault = 0; fault <= round % 4; fault++)
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            // Whatever is made of it, is made without reading past its end, and is a picture again.
            if (Picture.Read(broken) is { } picture)
                Assert.NotNull(Picture.Read(picture.Content));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>")]
    [InlineData("GIF89a")]
    [InlineData("GIF89a=1;alert(1)//")]
    [InlineData("RIFF\u0004\0\0\0WEBP")]
    [InlineData("BM6")]
    [InlineData("%PDF-1.7")]
    public void Nothing_else_is_a_picture(string text) => Assert.Null(Picture.Read(Encoding.Latin1.GetBytes(text)));

    [Fact]
    public void A_picture_larger_than_any_camera_makes_is_none()
    {
        var file = Samples.Read("moving.gif");
        (file[6], file[7], file[8], file[9]) = (0xFF, 0xFF, 0xFF, 0xFF);

        Assert.Null(Picture.Read(file));
    }

    // A piece of the coded data: the largest run of bytes that every sample has in one of its kept parts.
    private static byte[] Essence(byte[] file)
    {
        var text = Encoding.Latin1.GetString(file);
        foreach (var (mark, length) in new[] { ("\u00ff\u00da", 60), ("IDAT", 60), ("VP8 ", 60), ("VP8L", 30), ("\u002c\0\0\0\0\u0002\0\u0002\0", 14) })
        {
            if (text.IndexOf(mark, StringComparison.Ordinal) is >= 0 and var at)
                return file[at..(at + length)];
        }

        throw new InvalidOperationException("The sample has no coded data.");
    }
}
