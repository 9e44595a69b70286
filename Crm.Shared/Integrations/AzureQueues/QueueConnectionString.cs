namespace Crm.Shared.Integrations.AzureQueues;

/// <summary>What a storage connection string says about queues. Azurite's endpoint ends in the account's name.</summary>
internal sealed record QueueConnectionString(Uri Endpoint, string Account, byte[] Key)
{
    // The emulator's account, the same on every machine and documented: not a secret.
    private const string DevelopmentAccount = "devstoreaccount1";
    private const string DevelopmentKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    public static QueueConnectionString Parse(string connectionString)
    {
        var parts = connectionString
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim(), StringComparer.OrdinalIgnoreCase);

        if (parts.TryGetValue("UseDevelopmentStorage", out var development) && bool.TryParse(development, out var isDevelopment) && isDevelopment)
        {
            return new(new Uri($"http://127.0.0.1:10001/{DevelopmentAccount}"), DevelopmentAccount, Convert.FromBase64String(DevelopmentKey));
        }

        var account = Required("AccountName");
        var key = Convert.FromBase64String(Required("AccountKey"));
        var endpoint = parts.TryGetValue("QueueEndpoint", out var explicitEndpoint)
            ? explicitEndpoint.TrimEnd('/')
            : $"{parts.GetValueOrDefault("DefaultEndpointsProtocol", "https")}://{account}.queue.{parts.GetValueOrDefault("EndpointSuffix", "core.windows.net")}";
        return new(new Uri(endpoint), account, key);

        // The value is never part of the message: it holds the account's key.
        string Required(string name) => parts.GetValueOrDefault(name)
            ?? throw new FormatException($"The storage connection string has no {name}. Use the account's full connection string, or UseDevelopmentStorage=true.");
    }
}
