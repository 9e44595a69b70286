using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Crm.Local.Providers.Mail;

/// <summary>The form of an inbound mail, as the vendor writes it: names in quotes, and each text in the charset that <c>charsets</c> names.</summary>
internal sealed class ParsedForm : IDisposable
{
    private const string Boundary = "xYzZY";
    private readonly MultipartFormDataContent _form = new(Boundary);

    public HttpContent Content => _form;

    /// <summary>The texts in their charset, and which one that is.</summary>
    public void AddTexts(WrittenMail mail)
    {
        var encoding = Charset(mail.Charset ?? "utf-8");
        var charsets = new Dictionary<string, string> { ["to"] = "UTF-8", ["from"] = "UTF-8", ["subject"] = "UTF-8", ["text"] = encoding.WebName };
        Add("text", mail.Text ?? "", encoding);
        if (mail.Html is not null)
        {
            Add("html", mail.Html, encoding);
            charsets["html"] = encoding.WebName;
        }

        Add("charsets", JsonSerializer.Serialize(charsets));
    }

    private static Encoding Charset(string name)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException error)
        {
            throw new FormatException($"\"{name}\" is no charset that is known here.", error);
        }
    }

    public void AddAttachments(IReadOnlyList<WrittenAttachment> attachments)
    {
        Add("attachments", attachments.Count.ToString(CultureInfo.InvariantCulture));
        if (attachments.Count == 0)
            return;
        var names = attachments.Index()
            .Select(file => (Name: string.Create(CultureInfo.InvariantCulture, $"attachment{file.Index + 1}"), File: file.Item))
            .ToArray();
        var info = names.ToDictionary(file => file.Name, file => new { filename = file.File.FileName, name = file.File.FileName, type = Type(file.File) });
        Add("attachment-info", JsonSerializer.Serialize(info));
        foreach (var (name, file) in names)
        {
            var part = Part(name, Convert.FromBase64String(file.Content ?? ""));
            part.Headers.ContentDisposition!.FileName = $"\"{file.FileName}\"";
            part.Headers.ContentType = MediaTypeHeaderValue.Parse(Type(file));
            _form.Add(part);
        }

        static string Type(WrittenAttachment file) => file.Type ?? "application/octet-stream";
    }

    public void Add(string name, string value, Encoding? encoding = null) =>
        _form.Add(Part(name, (encoding ?? Encoding.UTF8).GetBytes(value)));

    private static ByteArrayContent Part(string name, byte[] value) =>
        new(value) { Headers = { ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = $"\"{name}\"" } } };

    public void Dispose() => _form.Dispose();
}
