using Azure.Core;
using Azure.Identity;
using Azure.Storage.Queues;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Hosting;

/// <summary>
/// The storage account whose queues carry messages, from the settings that the Functions host reads for the same purpose: a connection string, or the
/// account's name (or its queue service's address) and an identity.
/// </summary>
public static class QueueConnection
{
    private const string Section = "AzureWebJobsStorage";

    /// <summary>What to do where there is none.</summary>
    public const string Missing =
        "Set AzureWebJobsStorage to a storage connection string, or AzureWebJobsStorage__accountName to the account's name, "
        + "where the app's identity has the role Storage Queue Data Contributor.";

    public static bool IsGiven(IConfiguration configuration) => configuration[Section] is { Length: > 0 } || Service(configuration) is not null;

    public static QueueServiceClient Open(IConfiguration configuration, QueueMessageEncoding encoding = QueueMessageEncoding.Base64)
    {
        if (configuration[Section] is { Length: > 0 } connection)
            return StorageQueues.Connect(connection, encoding);
        return Service(configuration) is { } service
            ? StorageQueues.Connect(service, Credential(configuration), encoding)
            : throw new InvalidOperationException(Missing);
    }

    /// <summary>The queue service's address; null where only a connection string would say it.</summary>
    public static Uri? Service(IConfiguration configuration) =>
        configuration[$"{Section}:queueServiceUri"] is { Length: > 0 } uri ? new(uri)
        : configuration[$"{Section}:accountName"] is { Length: > 0 } name ? new($"https://{name}.queue.core.windows.net")
        : null;

    /// <summary>The identity that is named. Without a name whatever the machine has: that of an operator who signed in with <c>az login</c>, too.</summary>
    public static TokenCredential Credential(IConfiguration configuration) =>
        configuration[$"{Section}:clientId"] is { Length: > 0 } id ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(id))
        : configuration[$"{Section}:credential"] == "managedidentity" ? new ManagedIdentityCredential(ManagedIdentityId.SystemAssigned)
        : new DefaultAzureCredential();
}
