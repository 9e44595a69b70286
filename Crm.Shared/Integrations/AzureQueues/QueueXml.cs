using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace Crm.Shared.Integrations.AzureQueues;

/// <summary>The two XML bodies of the queue service: one message put, a list of messages received.</summary>
internal static class QueueXml
{
    /// <summary>The service refuses a longer body with 413; base64 makes this 48 KiB of text.</summary>
    private const int MaxEncodedLength = 64 * 1024;

    public static string Write(string text)
    {
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        if (encoded.Length > MaxEncodedLength)
        {
            throw new ArgumentException(
                $"A queue message may have {MaxEncodedLength} characters once base64 encoded, this one has {encoded.Length}. Store the data and queue its id.",
                nameof(text));
        }

        return $"<QueueMessage><MessageText>{encoded}</MessageText></QueueMessage>";
    }

    public static IReadOnlyList<QueueMessage> ReadList(Stream body)
    {
        // A reader on the stream, not on a string: the service is known to send a byte order mark.
        using var reader = new StreamReader(body, Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        return [.. XDocument.Load(reader).Root!.Elements("QueueMessage").Select(Read)];
    }

    private static QueueMessage Read(XElement message)
    {
        return new(
            Value("MessageId"),
            Value("PopReceipt"),
            Decode(Value("MessageText")),
            long.Parse(Value("DequeueCount"), CultureInfo.InvariantCulture),
            Time("InsertionTime"),
            Time("ExpirationTime"),
            Time("TimeNextVisible"));

        string Value(string name) => message.Element(name)?.Value ?? "";
        DateTimeOffset Time(string name) => DateTimeOffset.Parse(Value(name), CultureInfo.InvariantCulture);
    }

    private static string Decode(string body)
    {
        var bytes = new byte[body.Length];
        return Convert.TryFromBase64String(body, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : body;
    }
}
