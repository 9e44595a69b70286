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

    public QueueServiceClient Client { get; private set; } = null!;

    public string ConnectionString => _azurite!.ConnectionString;

    public static string NewName() => $"q-{Guid.NewGuid():n}";

    public async ValueTask InitializeAsync()
    {
        _azurite = await Azurite.StartAsync(location: null, Path.Combine(_folder, "azurite.log"));
        Client = StorageQueues.Connect(_azurite.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        if (_azurite is not null)
        {
            await _azurite.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
