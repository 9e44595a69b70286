using Azure.Core;
using Azure.Storage.Queues;

namespace Crm.Shared.Integrations.AzureQueues;

/// <summary>The clients of Azure Storage's queues, as the Functions host makes its own: messages are base64.</summary>
public static class StorageQueues
{
    public static QueueServiceClient Connect(string connectionString) => new(connectionString, Options());

    public static QueueServiceClient Connect(Uri service, TokenCredential credential) => new(service, credential, Options());

    // Azurite refuses versions newer than itself.
    private static QueueClientOptions Options() => new(QueueClientOptions.ServiceVersion.V2024_11_04) { MessageEncoding = QueueMessageEncoding.Base64 };
}
