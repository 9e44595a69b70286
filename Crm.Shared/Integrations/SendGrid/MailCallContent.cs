using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Crm.Shared.Integrations.SendGrid;

/// <summary>
/// The body of a call with files. They are encoded as they go out, so that each takes the memory of its bytes alone: as a text, which is what the SDK sends, a
/// mail of twenty megabytes takes more than a hundred.
/// </summary>
internal sealed class MailCallContent : HttpContent
{
    /// <summary>Whole groups of three bytes.</summary>
    private const int Chunk = 48 * 1024;

    /// <summary>By turns a text and, but after the last one, a file.</summary>
    private readonly List<(byte[] Text, byte[] File)> _parts = [];

    public MailCallContent(MailCall mail)
    {
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
        // In the place of the brace that ends the body.
        var text = MailCallBody.Of(mail)[..^1] + ",\"attachments\":[";
        foreach (var file in mail.Files)
        {
            Add(text + "{\"content\":\"", file.Content);
            text = $"\",\"type\":{Json(file.ContentType)},\"filename\":{Json(file.Name)},\"disposition\":\"attachment\"}},";
        }

        Add(text.TrimEnd(',') + "]}", []);
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        var encoded = new byte[Base64.GetMaxEncodedToUtf8Length(Chunk)];
        foreach (var (text, file) in _parts)
        {
            await stream.WriteAsync(text);
            for (var at = 0; at < file.Length; at += Chunk)
            {
                Base64.EncodeToUtf8(file.AsSpan(at, Math.Min(Chunk, file.Length - at)), encoded, out _, out var length);
                await stream.WriteAsync(encoded.AsMemory(0, length));
            }
        }
    }

    /// <summary>Known before, so that the vendor is told it.</summary>
    protected override bool TryComputeLength(out long length)
    {
        length = _parts.Sum(part => part.Text.Length + (long)Base64.GetMaxEncodedToUtf8Length(part.File.Length));
        return true;
    }

    private void Add(string text, byte[] file) => _parts.Add((Encoding.UTF8.GetBytes(text), file));

    private static string Json(string text) => JsonSerializer.Serialize(text);
}
