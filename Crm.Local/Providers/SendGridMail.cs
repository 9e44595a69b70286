using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Crm.Local.Providers;

/// <summary>What a valid send call delivers: one message for each recipient of each personalization.</summary>
internal static class SendGridMail
{
    public static List<SentMessage> Read(JsonObject mail, string messageId, DateTimeOffset at)
    {
        var messages = new List<SentMessage>();
        foreach (var personalization in mail["personalizations"]!.AsArray().Select(p => p!.AsObject()))
        {
            var substitute = Substitution(Texts(personalization["substitutions"]));
            foreach (var to in personalization["to"]!.AsArray())
            {
                messages.Add(new($"{messageId}.{messages.Count}", "email", (string)to!["email"]!, Address(personalization["from"] ?? mail["from"]!))
                {
                    Subject = substitute((string?)personalization["subject"] ?? (string?)mail["subject"] ?? ""),
                    Text = substitute(Content(mail, "text/plain")),
                    Html = substitute(Content(mail, "text/html")),
                    Headers = Headers(mail, personalization, substitute),
                    CustomArgs = Merge(Texts(mail["custom_args"]), Texts(personalization["custom_args"])),
                    MessageId = messageId,
                    At = at,
                });
            }
        }

        return messages;
    }

    private static string Content(JsonObject mail, string type) =>
        (string?)mail["content"]?.AsArray().FirstOrDefault(c => ((string?)c!["type"])?.Split(';')[0].Trim() == type)?["value"] ?? "";

    /// <summary>The custom headers, and those that the vendor derives from other members.</summary>
    private static Dictionary<string, string> Headers(JsonObject mail, JsonObject personalization, Func<string, string> substitute)
    {
        var headers = Merge(Texts(mail["headers"]), Texts(personalization["headers"]));
        var replyTo = mail["reply_to"] is { } one ? [one] : mail["reply_to_list"]?.AsArray().ToArray() ?? [];
        AddAddresses("Reply-To", replyTo);
        AddAddresses("Cc", personalization["cc"]?.AsArray().ToArray() ?? []);
        return headers;

        void AddAddresses(string name, JsonNode?[] addresses)
        {
            if (addresses.Length > 0)
                headers[name] = substitute(string.Join(", ", addresses.Select(a => Address(a!))));
        }
    }

    private static string Address(JsonNode address) =>
        (string?)address["name"] is { Length: > 0 } name ? $"{name} <{(string)address["email"]!}>" : (string)address["email"]!;

    private static Dictionary<string, string> Texts(JsonNode? members) =>
        (members as JsonObject ?? []).ToDictionary(m => m.Key, m => m.Value?.ToString() ?? "", StringComparer.OrdinalIgnoreCase);

    private static Dictionary<string, string> Merge(Dictionary<string, string> general, Dictionary<string, string> special)
    {
        var merged = new Dictionary<string, string>(general, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in special)
            merged[name] = value;

        return merged;
    }

    /// <summary>Replaces all tags in one pass, the longest first, so that a value that looks like a tag stays as it is.</summary>
    private static Func<string, string> Substitution(Dictionary<string, string> values)
    {
        if (values.Count == 0)
            return text => text;

        var pattern = string.Join('|', values.Keys.OrderByDescending(tag => tag.Length).Select(Regex.Escape));
        var tags = new Regex(pattern, RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, TimeSpan.FromSeconds(5));
        return text => tags.Replace(text, tag => values[tag.Value]);
    }
}
