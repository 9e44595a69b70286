using System.Globalization;
using System.Net.Mail;
using System.Security.Cryptography;
using System.Text.Json;

namespace Crm.Local.Providers.Mail;

/// <summary>Hands a mail over as the vendor's Inbound Parse does, in its default (parsed) mode.</summary>
internal sealed class InboundMail(AppLink app, HttpClient http, Mailbox mailbox)
{
    private const int IdDigits = 24;

    /// <summary>Returns the mail's Message-ID and the app's status code.</summary>
    /// <exception cref="FormatException">An address or the charset is none.</exception>
    public async Task<(string MessageId, int Status)> Write(WrittenMail mail, CancellationToken ct)
    {
        var answered = mail.InReplyTo is null ? null : mailbox.Answered(mail.InReplyTo);
        var from = new MailAddress(mail.From ?? answered?.To ?? throw new FormatException("from is required."));
        var to = new MailAddress(mail.To ?? answered?.Headers.GetValueOrDefault("Reply-To", answered.From) ?? throw new FormatException("to is required."));
        var subject = mail.Subject ?? (answered is null ? "" : Reply(answered.Subject));
        var messageId = $"<{RandomNumberGenerator.GetHexString(IdDigits, lowercase: true)}@{from.Host}>";
        using var form = new ParsedForm();
        form.Add("headers", Headers(mail, answered, from, to, subject, messageId));
        form.Add("dkim", $"{{@{from.Host} : pass}}");
        form.Add("to", to.ToString());
        form.Add("from", from.ToString());
        form.Add("subject", subject);
        form.Add("sender_ip", "203.0.113.7");
        form.Add("SPF", "pass");
        form.Add("envelope", JsonSerializer.Serialize(new { to = new[] { to.Address }, from = from.Address }));
        form.AddTexts(mail);
        form.AddAttachments(mail.Attachments ?? []);
        var url = app.Reachable(app.Public($"/webhooks/sendgrid/inbound/{app.InboundSecret}"));
        using var response = await http.PostAsync(url, form.Content, ct);
        return (messageId, (int)response.StatusCode);
    }

    private static string Reply(string subject) => subject.StartsWith("Re:", StringComparison.OrdinalIgnoreCase) ? subject : $"Re: {subject}";

    private string Headers(WrittenMail mail, SentMessage? answered, MailAddress from, MailAddress to, string subject, string messageId)
    {
        var headers = new List<string>
        {
            $"Received: from mail.{from.Host} (203.0.113.7) by mx.sendgrid.local; {Date()}",
            $"Message-ID: {messageId}",
            $"Date: {Date()}",
            $"From: {from}",
            $"To: {to}",
            $"Subject: {subject}",
            "MIME-Version: 1.0",
        };
        if ((answered?.RfcId ?? mail.InReplyTo) is { } id)
        {
            headers.Add($"In-Reply-To: {id}");
            headers.Add($"References: {$"{answered?.Headers.GetValueOrDefault("References")} {id}".TrimStart()}");
        }

        headers.AddRange((mail.Headers ?? new Dictionary<string, string>()).Select(header => $"{header.Key}: {header.Value}"));
        return string.Join('\n', headers) + "\n";
    }

    private string Date() => app.Time.GetUtcNow().UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);
}
