using System.Diagnostics;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.EndToEnd;

/// <summary>The TypeScript client is made from the API's document, compiles with its example, and works against the running stack.</summary>
public sealed class ClientTests
{
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan TourLimit = TimeSpan.FromMinutes(3);

    private static string Folder => Path.Combine(Repository.Root, "client");

    [Fact]
    public async Task Its_example_walks_the_tour_of_the_README()
    {
        var built = await Run(BuildLimit, "bash", "build.sh");
        Assert.True(built.ExitCode == 0, built.Output);
        await using var stack = await LocalStackProcess.Start();

        var tour = await Run(TourLimit, "node", Path.Combine("dist", "examples", "tour.js"), stack.Api, stack.Providers);

        Assert.True(tour.ExitCode == 0, tour.Output);
        var lines = tour.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("owner@acme.test of Acme", lines[0]);
        Assert.Contains("invited to Acme", lines);
        Assert.Contains("Nina sees 0 contacts", lines);
        Assert.Contains("import completed: 1 created, 1 at fault", lines);
        Assert.Contains("opened by 1 of 3", lines);
        Assert.Contains("renewed 1 time", lines);
        Assert.Contains("Nina may not invite: 403 FORBIDDEN", lines);
        Assert.Equal("The tour is over.", lines[^1]);
    }

    private static async Task<(int ExitCode, string Output)> Run(TimeSpan limit, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        return (process.HasExited ? process.ExitCode : -1, await output + await error);
    }
}
