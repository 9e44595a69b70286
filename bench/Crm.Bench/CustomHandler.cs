using System.Globalization;
using Crm.Local.Processes;

namespace Crm.Bench;

/// <summary>The app in its earlier shape, a web server that the Functions host calls; here without one.</summary>
public sealed class CustomHandler(Stage stage, Users users, string folder)
{
    /// <summary>Starts it and returns how long its second call takes, in milliseconds.</summary>
    public async Task<double> SecondCall(string path, CancellationToken ct)
    {
        await using var server = await Server.Start("before", Command, ct);
        using var client = users.Client(server.Address, BenchDatabase.Large);
        using var first = await client.GetAsync(path, ct);
        first.EnsureSuccessStatusCode();
        return await ColdStarts.Second(client, path, ct);
    }

    private ChildCommand Command(int port) => new(Path.Combine(folder, "Crm.Functions"))
    {
        WorkingDirectory = folder,
        Environment = new Dictionary<string, string>(stage.Settings, StringComparer.Ordinal)
        {
            ["FUNCTIONS_CUSTOMHANDLER_PORT"] = port.ToString(CultureInfo.InvariantCulture),
        },
    };
}
