using System.Diagnostics;
using System.Globalization;
using System.Net;
using Crm.Local;
using Crm.Local.FunctionsHost;
using Crm.Local.Services;

namespace Crm.Functions.Tests.Local;

public sealed class LocalFunctionsHostTests(LocalQueues queues) : IAsyncLifetime
{
    /// <summary>Answers with its process id, and not at all to a path that ends in "hang".</summary>
    private const string Script = """
        #!/usr/bin/env node
        require('http').createServer((request, response) => {
          console.log(`${request.method} ${request.url}`);
          if (!request.url.endsWith('hang')) response.end(String(process.pid));
        }).listen(Number(process.env.FUNCTIONS_CUSTOMHANDLER_PORT), '127.0.0.1');
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("crm-tests-").FullName;
    private LocalFunctionsHost? _host;
    private HttpClient _client = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string LogFile => Path.Combine(_folder, "functions.log");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The handler of this test is a script.");
        _host = await OpenAsync(Script);
        _client = new HttpClient { BaseAddress = _host.Address };
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            _client.Dispose();
            await _host.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_killed_handler_is_started_again_and_calls_wait_for_it()
    {
        await StartAsync();
        var first = await PidAsync();
        await KillAsync(first);

        var second = await PidAsync();

        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task A_call_that_a_dying_handler_had_received_fails_and_is_not_repeated()
    {
        await StartAsync();
        var pid = await PidAsync();
        var call = _client.PostAsync(new Uri("/api/hang", UriKind.Relative), content: null, Ct);
        await UntilLoggedAsync("POST /api/hang");
        await KillAsync(pid);

        using var response = await call;
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        await PidAsync();
        Assert.Single(await LogAsync(), line => line == "POST /api/hang");
    }

    [Fact]
    public async Task Nothing_of_the_handler_is_left_when_the_host_has_stopped()
    {
        await StartAsync();
        var pid = await PidAsync();

        await _host!.DisposeAsync();
        _host = null;

        Assert.Throws<ArgumentException>(() => Process.GetProcessById(pid));
    }

    [Fact]
    public async Task A_handler_that_does_not_start_is_an_error_with_its_last_words()
    {
        await using var broken = await OpenAsync("#!/bin/sh\necho 'no database for me'\nexit 7\n");
        var error = await Assert.ThrowsAsync<StackException>(() => broken.StartAsync(new Dictionary<string, string>(), queues.Client, Ct));

        Assert.Contains("exit code 7", error.Message, StringComparison.Ordinal);
        Assert.Contains("no database for me", error.Message, StringComparison.Ordinal);
    }

    private async Task<LocalFunctionsHost> OpenAsync(string script)
    {
        var executable = Path.Combine(_folder, $"handler-{Guid.NewGuid():n}");
        await File.WriteAllTextAsync(executable, script, Ct);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(executable, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var app = new FunctionApp(_folder) { Executable = executable, RoutePrefix = "", Http = [new("Api", "api/{*path}", [])] };
        return await LocalFunctionsHost.OpenAsync(app, port: 0, cors: [], new StackClock(), _folder, LogFile, _ => { }, Ct);
    }

    private Task StartAsync() => _host!.StartAsync(new Dictionary<string, string>(), queues.Client, Ct);

    private async Task<int> PidAsync() =>
        int.Parse(await _client.GetStringAsync(new Uri("/api/pid", UriKind.Relative), Ct), CultureInfo.InvariantCulture);

    private static async Task KillAsync(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
        await process.WaitForExitAsync(Ct);
    }

    private async Task UntilLoggedAsync(string line)
    {
        while (!(await LogAsync()).Contains(line))
        {
            await Task.Delay(20, Ct);
        }
    }

    private async Task<string[]> LogAsync()
    {
        await using var stream = new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return (await reader.ReadToEndAsync(Ct)).Split('\n', StringSplitOptions.TrimEntries);
    }
}
