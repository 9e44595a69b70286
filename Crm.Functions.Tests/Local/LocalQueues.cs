using Azure.Storage.Queues;
using Crm.Functions.Tests.Local;
using Crm.Local.Services;
using Crm.Shared.Integrations.AzureQueues;

[assembly: AssemblyFixture(typeof(LocalQueues))]

namespace Crm.Functions.Tests.Local;

/// <summary>One Azurite for all tests; each test has queues of its own.</summary>
public sealed class LocalQueues : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crm-tests-").FullName;
    private Azurite? _azurite;

    /// <summary>For who sends and reads messages.</summary>
    public QueueServiceClient Service { get; private set; } = null!;

    /// <summary>For a host, which sees the bodies as they are.</summary>
    public QueueServiceClient Raw { get; private set; } = null!;

    public static string NewName() => $"q-{Guid.NewGuid():n}";

    /// <summary>A new queue.</summary>
    public async Task<QueueClient> Create()
    {
        var queue = Service.GetQueueClient(NewName());
        await queue.CreateAsync();
        return queue;
    }

    /// <summary>How many messages a queue has, hidden ones too; none when it does not exist.</summary>
    public Task<int> Count(string queue) => Service.Depth(queue, CancellationToken.None);

    public async ValueTask InitializeAsync()
    {
        _azurite = await Azurite.Start(location: null, Path.Combine(_folder, "azurite.log"));
        Service = StorageQueues.Connect(_azurite.ConnectionString);
        Raw = StorageQueues.Connect(_azurite.ConnectionString, QueueMessageEncoding.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_azurite is not null)
            await _azurite.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
