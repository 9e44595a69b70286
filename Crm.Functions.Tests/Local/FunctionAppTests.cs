using Crm.Local.FunctionsHost;
using Crm.Local.Services;

namespace Crm.Functions.Tests.Local;

public sealed class FunctionAppTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crm-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_a_host_reads_before_the_worker_runs_is_read_from_the_built_app()
    {
        var app = FunctionApp.Read(SourceTree.FunctionApp);

        Assert.Equal("dotnet", app.Executable);
        Assert.Equal(Path.Combine(SourceTree.FunctionApp, "Crm.Functions.dll"), app.Worker);
        Assert.Equal("", app.RoutePrefix);
        Assert.Equal(TimeSpan.FromMinutes(10), app.FunctionTimeout);
        Assert.Equal(5, app.QueueSettings.MaxDequeueCount);
        Assert.Equal(TimeSpan.FromSeconds(10), app.QueueSettings.VisibilityTimeout);
        Assert.Equal([app.Worker, "migrate"], app.Command("migrate").Arguments);
    }

    [Fact]
    public void What_host_json_leaves_out_is_as_with_the_real_host()
    {
        var app = Read("dotnet", "{}");

        Assert.Equal("api", app.RoutePrefix);
        Assert.Equal(TimeSpan.FromMinutes(30), app.FunctionTimeout);
        Assert.Equal(new QueueSettings { BatchSize = 16, MaxDequeueCount = 5, MaxPollingInterval = TimeSpan.FromMinutes(1) }, app.QueueSettings);
        Assert.Equal(Timeout.InfiniteTimeSpan, Read("dotnet", """{"functionTimeout":"-1"}""").FunctionTimeout);
    }

    [Fact]
    public void An_app_published_with_its_own_runtime_runs_by_its_own_executable()
    {
        var app = Read("{WorkerRoot}App", "{}");

        Assert.Equal(Path.Combine(_folder, "App"), app.Executable);
        Assert.Equal(["migrate"], app.Command("migrate").Arguments);
    }

    [Fact]
    public void A_folder_without_a_built_app_is_told_apart_with_advice()
    {
        var error = Assert.Throws<StackException>(() => FunctionApp.Read(_folder));
        Assert.Contains("dotnet build Crm.Functions", error.Message, StringComparison.Ordinal);
    }

    private FunctionApp Read(string executable, string host)
    {
        File.WriteAllText(
            Path.Combine(_folder, "worker.config.json"),
            $$$"""
            {"description":{"language":"dotnet-isolated","defaultExecutablePath":"{{{executable}}}","defaultWorkerPath":"App.dll","workerIndexing":"true"}}
            """);
        File.WriteAllText(Path.Combine(_folder, "host.json"), host);
        return FunctionApp.Read(_folder);
    }
}
