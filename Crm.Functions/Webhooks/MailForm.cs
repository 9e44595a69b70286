using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Crm.Functions.Webhooks;

/// <summary>
/// The form of an inbound mail, read as it comes: its texts may each be in a character set of its own, which another field names. Its files are held until it
/// is known whose they are, as far as the vendor itself takes them; what is more is weighed and let go.
/// </summary>
internal sealed class MailForm
{
    /// <summary>The mail as it came, with all that is attached to it.</summary>
    public const string Raw = "email";

    private const int LongestRaw = 60 * 1024 * 1024;
    private const int LongestText = 10 * 1024 * 1024;

    /// <summary>Of all files together: no mail that the vendor takes has more.</summary>
    public const int LongestFiles = 30 * 1024 * 1024;
    private const int MostParts = 1000;
    private const int LongestBoundary = 200;

    private readonly Dictionary<string, byte[]> _fields = new(StringComparer.Ordinal);
    private readonly List<MailFile> _files = [];
    private long _held;

    public IReadOnlyList<MailFile> Files => _files;

    public byte[]? RawMail => _fields.GetValueOrDefault(Raw);

    /// <summary>The text that separates the parts; null when the request is no such form.</summary>
    public static string? Boundary(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            && HeaderUtilities.RemoveQuotes(type.Boundary).Value is { Length: > 0 and <= LongestBoundary } boundary ? boundary : null;

    /// <exception cref="InvalidDataException">It is no form, or more than anybody sends.</exception>
    public static async Task<MailForm> Read(Stream content, string boundary, CancellationToken ct)
    {
        var form = new MailForm();
        var reader = new MultipartReader(boundary, content);
        for (var parts = 0; await reader.ReadNextSectionAsync(ct) is { } part; parts++)
        {
            if (parts == MostParts || !ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition))
                throw new InvalidDataException("Too many parts, or one without a name.");
            var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "";
            var fileName = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value;
            if (string.IsNullOrEmpty(fileName))
                form._fields[name] = await Bytes(part.Body, name == Raw ? LongestRaw : LongestText, ct);
            else
                form._files.Add(await form.File(name, fileName, part.ContentType ?? "application/octet-stream", part.Body, ct));
        }

        return form;
    }

    /// <summary>A field's text; null when it is not there.</summary>
    public string? Text(string name) =>
        _fields.TryGetValue(name, out var bytes) ? Encoding(name).GetString(bytes).Replace("\0", "", StringComparison.Ordinal) : null;

    /// <summary>A field that is JSON.</summary>
    public JsonElement Json(string name) => Text(name) is { Length: > 0 } text ? JsonDocument.Parse(text).RootElement.Clone() : default;

    private Encoding Encoding(string field)
    {
        var name = field == "charsets" ? null : Json("charsets").Text(field);
        try
        {
            return name is null ? Utf8 : CodePagesEncodingProvider.Instance.GetEncoding(name) ?? System.Text.Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            return Utf8;
        }
    }

    private static UTF8Encoding Utf8 { get; } = new(false);

    private static async Task<byte[]> Bytes(Stream content, int longest, CancellationToken ct)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await content.ReadAsync(buffer, ct)) > 0)
        {
            if (bytes.Length + read > longest)
                throw new InvalidDataException("A field is too long.");
            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }

    private async Task<MailFile> File(string field, string name, string type, Stream content, CancellationToken ct)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        var size = 0L;
        int read;
        while ((read = await content.ReadAsync(buffer, ct)) > 0)
        {
            size += read;
            if (_held + size <= LongestFiles)
                bytes.Write(buffer, 0, read);
        }

        var isHeld = _held + size <= LongestFiles;
        _held += isHeld ? size : 0;
        return new(field, name, type, size) { Content = isHeld ? bytes.ToArray() : null };
    }
}

/// <summary>A file of a form.</summary>
internal sealed record MailFile(string Field, string Name, string Type, long Size)
{
    /// <summary>Null when it was let go.</summary>
    public byte[]? Content { get; init; }
}
