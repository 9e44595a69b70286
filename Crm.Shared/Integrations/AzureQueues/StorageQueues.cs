using System.Diagnostics;
using Azure;
using Azure.Core;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Crm.Shared.Integrations.AzureQueues;

/// <summary>The clients of Azure Storage's queues, as the Functions host makes its own: messages are base64.</summary>
public static class StorageQueues
{
    /// <param name="connectionString">The storage account's.</param>
    /// <param name="encoding">None for a host, which must see what is not base64 as well.</param>
    public static QueueServiceClient Connect(string connectionString, QueueMessageEncoding encoding = QueueMessageEncoding.Base64) =>
        new(connectionString, Options(encoding));

    public static QueueServiceClient Connect(Uri service, TokenCredential credential, QueueMessageEncoding encoding = QueueMessageEncoding.Base64) =>
        new(service, credential, Options(encoding));

    /// <summary>Adds a message, at most 48 KiB of text, to be handled after <paramref name="delay"/>; its queue is created on its first use.</summary>
    public static async Task Send(this QueueServiceClient queues, string queue, string text, CancellationToken ct, TimeSpan? delay = null)
    {
        using var span = Telemetry.Source.StartActivity($"send {queue}", ActivityKind.Producer);
        var client = queues.GetQueueClient(queue);
        // The service knows whole seconds: what comes too early finds nothing to do.
        delay = delay is { } given ? TimeSpan.FromSeconds(Math.Ceiling(given.TotalSeconds)) : null;
        try
        {
            await client.SendMessageAsync(text, delay, cancellationToken: ct);
        }
        catch (RequestFailedException missing) when (missing.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            await client.CreateIfNotExistsAsync(cancellationToken: ct);
            await client.SendMessageAsync(text, delay, cancellationToken: ct);
        }
    }

    /// <summary>How many messages the queue holds, hidden ones included; approximate, and 0 for a missing queue.</summary>
    public static async Task<int> Depth(this QueueServiceClient queues, string queue, CancellationToken ct)
    {
        try
        {
            return (await queues.GetQueueClient(queue).GetPropertiesAsync(ct)).Value.ApproximateMessagesCount;
        }
        catch (RequestFailedException missing) when (missing.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            return 0;
        }
    }

    // Azurite refuses versions newer than itself.
    private static QueueClientOptions Options(QueueMessageEncoding encoding) =>
        new(QueueClientOptions.ServiceVersion.V2024_11_04) { MessageEncoding = encoding };
}
