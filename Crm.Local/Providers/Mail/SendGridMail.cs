using System.Text.Json;

namespace Crm.Local.Providers.Mail;

/// <summary>What a valid send call delivers: one message for each recipient of each personalization.</summary>
internal static class SendGridMail
{
    private static readonly Dictionary<string, string> None = new(StringComparer.OrdinalIgnoreCase);

    public static List<SentMessage> Read(JsonElement mail, string messageId, DateTimeOffset at)
    {
        var messages = new List<SentMessage>();
        var content = new MailContent(Content(mail, "text/plain"), Content(mail, "text/html"));
        var subject = Text(mail, "subject");
        var from = Address(mail.GetProperty("from"));
        var replyTo = ReplyTo(mail);
        var headers = Texts(mail, "headers");
        var customArgs = Texts(mail, "custom_args", StringComparer.Ordinal);
        var attachments = List(mail, "attachments").Select(Attachment).ToArray();
        foreach (var one in mail.GetProperty("personalizations").EnumerateArray())
        {
            var values = Texts(one, "substitutions", StringComparer.Ordinal);
            var ownHeaders = Headers(one, headers, MailContent.Replace(replyTo, values));
            var ownArgs = Merge(customArgs, Texts(one, "custom_args", StringComparer.Ordinal));
            foreach (var to in one.GetProperty("to").EnumerateArray())
            {
                messages.Add(new($"{messageId}.{messages.Count}", "email", Text(to, "email"), one.TryGetProperty("from", out var own) ? Address(own) : from)
                {
                    Subject = MailContent.Replace(one.TryGetProperty("subject", out _) ? Text(one, "subject") : subject, values),
                    Content = content,
                    Values = values,
                    Headers = ownHeaders,
                    CustomArgs = ownArgs,
                    Attachments = attachments,
                    MessageId = messageId,
                    At = at,
                });
            }
        }

        return messages;
    }

    private static string Content(JsonElement mail, string type) =>
        List(mail, "content").Where(part => Text(part, "type").Split(';')[0].Trim() == type).Select(part => Text(part, "value")).FirstOrDefault() ?? "";

    private static SentAttachment Attachment(JsonElement attachment)
    {
        var content = attachment.GetProperty("content").GetBytesFromBase64();
        var type = Text(attachment, "type") is { Length: > 0 } given ? given : "application/octet-stream";
        return new($"{Guid.NewGuid():N}", Text(attachment, "filename"), type, content.Length) { Content = content };
    }

    /// <summary>The custom headers, and those that the vendor derives from other members.</summary>
    private static Dictionary<string, string> Headers(JsonElement personalization, Dictionary<string, string> general, string replyTo)
    {
        var headers = Merge(general, Texts(personalization, "headers"));
        if (replyTo.Length > 0)
            headers["Reply-To"] = replyTo;
        if (Addresses(personalization, "cc") is { Length: > 0 } copies)
            headers["Cc"] = copies;
        return headers;
    }

    private static string ReplyTo(JsonElement mail) => mail.TryGetProperty("reply_to", out var one) ? Address(one) : Addresses(mail, "reply_to_list");

    private static string Addresses(JsonElement holder, string member) => string.Join(", ", List(holder, member).Select(Address));

    private static string Address(JsonElement address) =>
        Text(address, "name") is { Length: > 0 } name ? $"{name} <{Text(address, "email")}>" : Text(address, "email");

    private static string Text(JsonElement holder, string member) => holder.TryGetProperty(member, out var text) ? text.GetString() ?? "" : "";

    private static IEnumerable<JsonElement> List(JsonElement holder, string member) =>
        holder.TryGetProperty(member, out var list) ? list.EnumerateArray() : Enumerable.Empty<JsonElement>();

    private static Dictionary<string, string> Texts(JsonElement holder, string member, StringComparer? comparer = null)
    {
        if (!holder.TryGetProperty(member, out var values))
            return None;
        var texts = new Dictionary<string, string>(comparer ?? StringComparer.OrdinalIgnoreCase);
        foreach (var value in values.EnumerateObject())
            texts[value.Name] = value.Value.ToString();
        return texts;
    }

    private static Dictionary<string, string> Merge(Dictionary<string, string> general, Dictionary<string, string> special)
    {
        var merged = new Dictionary<string, string>(general, general.Comparer);
        foreach (var (name, value) in special)
            merged[name] = value;
        return merged;
    }
}
