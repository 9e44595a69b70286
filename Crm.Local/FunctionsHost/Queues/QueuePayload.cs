using System.Globalization;
using System.Text;
using System.Text.Json;
using Azure.Storage.Queues.Models;
using Crm.Local.FunctionsHost.Rpc;
using Google.Protobuf;

namespace Crm.Local.FunctionsHost.Queues;

/// <summary>A queue message in the form in which the real host hands it to a worker.</summary>
internal static class QueuePayload
{
    private const string Seconds = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz";
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Null when the message's body is not base64, as every message of this app is.</summary>
    public static byte[]? Decode(QueueMessage message)
    {
        var body = message.MessageText;
        var bytes = new byte[body.Length];
        return Convert.TryFromBase64String(body, bytes, out var length) ? bytes[..length] : null;
    }

    /// <summary>The text alone, or for a function that asks for more all that the queue says of the message.</summary>
    public static TypedData Input(QueueFunction function, QueueMessage message, byte[] content) => function.Whole
        ? new()
        {
            ModelBindingData = new() { Version = "1.0", Source = "AzureStorageQueues", ContentType = "application/json", Content = Whole(message, content) },
        }
        : new() { String = Encoding.UTF8.GetString(content) };

    /// <summary>What binds to parameters by name. A message that is a JSON object adds its members, which win over the names that are ours.</summary>
    public static Dictionary<string, TypedData> Metadata(QueueMessage message, byte[] content)
    {
        // The worker takes no name twice, whatever its case.
        var metadata = new Dictionary<string, TypedData>(StringComparer.OrdinalIgnoreCase)
        {
            ["DequeueCount"] = new() { Json = message.DequeueCount.ToString(CultureInfo.InvariantCulture) },
            ["ExpirationTime"] = Date(message.ExpiresOn),
            ["InsertionTime"] = Date(message.InsertedOn),
            ["NextVisibleTime"] = Date(message.NextVisibleOn),
            ["Id"] = new() { String = message.MessageId },
            ["PopReceipt"] = new() { String = message.PopReceipt },
        };
        if (Text(content) is { } text)
        {
            metadata["QueueTrigger"] = new() { String = text };
            AddMembers(metadata, text);
        }

        return metadata;
    }

    private static void AddMembers(Dictionary<string, TypedData> metadata, string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith("{"))
            return;
        try
        {
            using var document = JsonDocument.Parse(text);
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (member.Value.ValueKind == JsonValueKind.Object)
                    metadata[member.Name] = new() { Json = member.Value.GetRawText() };
                else if (member.Value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null))
                    metadata[member.Name] = new() { String = member.Value.ToString() };
            }
        }
        catch (JsonException)
        {
            // A text that only looks like an object.
        }
    }

    private static ByteString Whole(QueueMessage message, byte[] content) => ByteString.CopyFrom(JsonSerializer.SerializeToUtf8Bytes(new
    {
        message.MessageId,
        message.PopReceipt,
        MessageText = Encoding.UTF8.GetString(content),
        message.DequeueCount,
        message.NextVisibleOn,
        message.InsertedOn,
        message.ExpiresOn,
    }));

    private static TypedData Date(DateTimeOffset? date) => new() { Json = $"\"{date?.ToString(Seconds, CultureInfo.InvariantCulture)}\"" };

    private static string? Text(byte[] content)
    {
        try
        {
            return Strict.GetString(content);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
