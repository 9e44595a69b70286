using Azure.Core;
using Azure.Storage.Queues;

namespace Crm.Shared.Integrations.AzureQueues;

/// <summary>The clients of Azure Storage's queues, as the Functions host makes its own: messages are base64.</summary>
public static class StorageQueues
{
    /// <param name="connectionString">The storage account's.</param>
    /// <param name="encoding">None for a host, which must see what is not base64 as well.</param>
    public static QueueServiceClient Connect(string connectionString, QueueMessageEncoding encoding = QueueMessageEncoding.Base64) => new(connectionString, Options(encoding));

    public static QueueServiceClient Connect(Uri service, TokenCredential credential) => new(service, credential, Options(QueueMessageEncoding.Base64));

    // Azurite refuses versions newer than itself.
    private static QueueClientOptions Options(QueueMessageEncoding encoding) => new(QueueClientOptions.ServiceVersion.V2024_11_04) { MessageEncoding = encoding };
}
