using System.Text;
using System.Text.Json;

namespace Crm.Local.Providers.Mail;

/// <summary>What the vendor's documents forbid beside its API description; a call is refused as a whole.</summary>
internal static class SendGridLimits
{
    public const int MostRecipients = 1000;
    public const int LargestBody = 30 * 1024 * 1024;

    /// <summary>Bytes of all substitutions, or of all custom arguments, of a personalization.</summary>
    private const int MostBytes = 10_000;

    private static readonly string[] Lists = ["to", "cc", "bcc"];

    private static readonly HashSet<string> ReservedHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "x-sg-id", "x-sg-eid", "received", "dkim-signature", "Content-Type", "Content-Transfer-Encoding", "To", "From", "Subject", "Reply-To", "CC", "BCC",
    };

    /// <param name="mail">Valid by the description.</param>
    public static IReadOnlyList<SchemaViolation> Check(JsonElement mail)
    {
        var personalizations = mail.GetProperty("personalizations").EnumerateArray().ToArray();
        var found = new List<SchemaViolation>();
        Headers(mail, "headers", found);
        foreach (var (at, one) in personalizations.Index())
        {
            Size(one, "substitutions", $"personalizations.{at}.substitutions", found);
            Size(one, "custom_args", $"personalizations.{at}.custom_args", found);
            Headers(one, $"personalizations.{at}.headers", found);
        }

        Size(mail, "custom_args", "custom_args", found);
        Recipients(personalizations, found);
        Attachments(mail, found);
        return found;
    }

    private static void Attachments(JsonElement mail, List<SchemaViolation> found)
    {
        if (!mail.TryGetProperty("attachments", out var attachments))
            return;
        foreach (var (at, one) in attachments.EnumerateArray().Index())
        {
            if (!one.GetProperty("content").TryGetBytesFromBase64(out _))
                found.Add(new($"attachments.{at}.content", "The attachment content must be base64 encoded."));
            if (one.TryGetProperty("type", out var type) && type.GetString()!.AsSpan().ContainsAny(";\r\n"))
                found.Add(new($"attachments.{at}.type", "The attachment type cannot contain ';' or CRLF characters."));
            if (one.GetProperty("filename").GetString()!.AsSpan().ContainsAny('\r', '\n'))
                found.Add(new($"attachments.{at}.filename", "The attachment filename cannot contain CRLF characters."));
        }
    }

    private static void Size(JsonElement holder, string member, string field, List<SchemaViolation> found)
    {
        if (!holder.TryGetProperty(member, out var values))
            return;
        var bytes = 0;
        foreach (var value in values.EnumerateObject())
            bytes += Encoding.UTF8.GetByteCount(value.Name) + Encoding.UTF8.GetByteCount(value.Value.ToString());
        if (bytes > MostBytes)
            found.Add(new(field, $"The {member} are limited to {MostBytes} bytes. You have provided {bytes} bytes."));
    }

    private static void Headers(JsonElement holder, string field, List<SchemaViolation> found)
    {
        if (!holder.TryGetProperty("headers", out var headers))
            return;
        foreach (var header in headers.EnumerateObject())
        {
            if (ReservedHeaders.Contains(header.Name))
                found.Add(new($"{field}.{header.Name}", "The header is reserved and may not be overridden."));
            else if (header.Value.ValueKind != JsonValueKind.String || header.Value.GetString()!.AsSpan().ContainsAny('\r', '\n'))
                found.Add(new($"{field}.{header.Name}", "The header's value must be a string of one line."));
        }
    }

    private static void Recipients(JsonElement[] personalizations, List<SchemaViolation> found)
    {
        // Two lines of one contact, or a contact twice: the vendor takes none of the call.
        var addresses = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var all = personalizations.SelectMany(one => Lists.SelectMany(list => Addresses(one, list))).ToArray();
        if (all.Length > MostRecipients)
            found.Add(new("personalizations", $"A call is limited to {MostRecipients} recipients. You have provided {all.Length} recipients."));
        if (Array.Find(all, address => !addresses.Add(address)) is { } twice)
        {
            found.Add(new(
                "personalizations",
                "Each email address in the personalization block should be unique between to, cc, and bcc. "
                    + $"We found the first duplicate instance of [{twice}]."));
        }
    }

    private static IEnumerable<string> Addresses(JsonElement personalization, string list) =>
        personalization.TryGetProperty(list, out var addresses) ? addresses.EnumerateArray().Select(address => address.GetProperty("email").GetString()!) : [];
}
