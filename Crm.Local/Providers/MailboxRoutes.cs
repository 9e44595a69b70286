using System.Reflection;

namespace Crm.Local.Providers;

/// <summary>The mailbox as a page, and as data: whole for tests and scripts, in short for the page, which asks again and again.</summary>
internal sealed class MailboxRoutes(Mailbox mailbox, AppLink app)
{
    private const int ListedAtMost = 200;
    private const int PreviewLength = 120;

    private static readonly (string Path, string File, string Type)[] Files =
    [
        ("/mailbox", "mailbox.html", "text/html; charset=utf-8"),
        ("/mailbox.css", "mailbox.css", "text/css; charset=utf-8"),
        ("/mailbox.js", "mailbox.js", "text/javascript; charset=utf-8"),
    ];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", () => Results.Redirect("/mailbox"));
        foreach (var (path, file, type) in Files)
        {
            routes.MapGet(path, (HttpContext context) =>
            {
                // The page is read from the program, which may be another one after the next start; and what it shows are strangers' texts.
                context.Response.Headers.CacheControl = "no-cache";
                context.Response.Headers.ContentSecurityPolicy = "script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'";
                return Results.Stream(Assembly.GetExecutingAssembly().GetManifestResourceStream($"Crm.Local.Providers.Pages.{file}")!, type);
            });
        }

        routes.MapGet("/mailbox.json", (string? to, string? kind) => mailbox.Messages(to, kind));
        routes.MapGet("/mailbox/list.json", List);
        routes.MapGet("/mailbox/message.json", (string id) => mailbox.Find(id) is { } message ? Results.Ok(message) : Results.NotFound());
        routes.MapGet("/mailbox/attachment", Attachment);
    }

    /// <summary>A file that went with a message, to be saved and not shown: it is a stranger's.</summary>
    private IResult Attachment(string messageId, string id) =>
        mailbox.Find(messageId)?.Attachments.FirstOrDefault(one => one.Id == id) is { } attachment && mailbox.Content(attachment) is { } content
            ? Results.File(content, "application/octet-stream", attachment.FileName)
            : Results.NotFound();

    /// <summary>The newest that match, in short; 204 when nothing changed since a version.</summary>
    private IResult List(string? search, string? kind, long? since)
    {
        var version = mailbox.Version;
        if (since == version)
            return Results.NoContent();
        var all = mailbox.Messages(kind: kind);
        var found = string.IsNullOrWhiteSpace(search) ? all : [.. all.Where(m => Matches(m, search.Trim()))];
        return Results.Ok(new
        {
            version,
            total = all.Count,
            found = found.Count,
            inboundDomain = app.InboundDomain,
            smsNumber = app.SmsNumber,
            messages = found.Take(ListedAtMost).Select(m => new { m.Id, m.Kind, m.To, m.From, m.At, m.Status, title = Title(m) }),
        });
    }

    private static bool Matches(SentMessage message, string search) =>
        new[] { message.To, message.From, message.Subject, message.Kind == "sms" ? message.Text : "" }
            .Any(text => text.Contains(search, StringComparison.OrdinalIgnoreCase));

    private static string Title(SentMessage message)
    {
        var title = message.Subject.Length > 0 ? message.Subject : message.Text;
        return title.Length > PreviewLength ? title[..PreviewLength] : title;
    }
}
