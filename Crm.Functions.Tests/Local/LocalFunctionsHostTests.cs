using System.Net;
using Crm.Local.FunctionsHost.Workers;
using Crm.Local.Services;
using static Crm.Local.FunctionsHost.Rpc.StreamingMessage;

namespace Crm.Functions.Tests.Local;

/// <summary>The life of the worker behind the host: handshake, death and restart, time-out, clean end.</summary>
public sealed class LocalFunctionsHostTests : IAsyncLifetime
{
    private readonly TestWorkers _workers = new();
    private TestHost? _host;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _workers.AddHttp("Call", "call/{*rest}");
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _host?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task The_handshake_is_that_of_the_real_host()
    {
        _workers.Add("Whole", """{"name":"m","direction":"in","type":"queueTrigger","queueName":"q","dataType":"binary"}""");
        _workers.Functions[^1].RawBindings.Add("""{"name":"$return","type":"http","direction":"Out"}""");
        _workers.Add("Asleep", """{"name":"t","direction":"In","type":"timerTrigger","schedule":"0 0 3 * * *"}""");
        _host = await TestHost.Start(_workers, settings: new() { ["AzureWebJobs.Asleep.Disabled"] = "true", ["AzureWebJobs.Whole.Disabled"] = "true" });

        var said = _workers.Heard.ToArray();
        Assert.Equal(
            [
                ContentOneofCase.WorkerInitRequest, ContentOneofCase.FunctionsMetadataRequest,
                ContentOneofCase.FunctionLoadRequest, ContentOneofCase.FunctionLoadRequest, ContentOneofCase.FunctionLoadRequest,
            ],
            said.Select(message => message.ContentCase));
        Assert.Equal("4.1042.100.0", said[0].WorkerInitRequest.HostVersion);
        Assert.Equal("10", said[0].WorkerInitRequest.Capabilities["MultiStream"]);
        Assert.Equal(said[0].WorkerInitRequest.FunctionAppDirectory, said[1].FunctionsMetadataRequest.FunctionAppDirectory);
        var loads = said[2..].Select(message => message.FunctionLoadRequest).ToArray();
        Assert.Equal(["Call", "Asleep", "Whole"], loads.Select(load => load.Metadata.Name));
        Assert.Equal(("Tests.Whole.Handle", "Tests.dll"), (loads[2].Metadata.EntryPoint, loads[2].Metadata.ScriptFile));
        Assert.Equal(["$return http Out Undefined", "m queueTrigger In Binary"], loads[2].Metadata.Bindings
            .Select(binding => $"{binding.Key} {binding.Value.Type} {binding.Value.Direction} {binding.Value.DataType}").Order(StringComparer.Ordinal));
        Assert.Empty(_host.Host.Timers);
    }

    [Fact]
    public async Task Calls_wait_while_the_first_worker_starts()
    {
        var go = new TaskCompletionSource();
        _host = await TestHost.Open(async start =>
        {
            await go.Task;
            return await _workers.Launcher(start);
        });
        var call = _host.Status("GET", "/call");
        var started = _host.Host.Start(new Dictionary<string, string>(), null!, Ct);
        await Task.Delay(100, Ct);
        Assert.False(call.IsCompleted);

        go.SetResult();
        await started;
        Assert.Equal(HttpStatusCode.OK, await call);
    }

    [Fact]
    public async Task A_worker_that_dies_is_started_again_and_calls_wait_for_it()
    {
        _host = await TestHost.Start(_workers);
        await _workers.Latest!.DisposeAsync();

        Assert.Equal(HttpStatusCode.OK, await _host.Status("GET", "/call"));
        Assert.Equal(2, _workers.Started);
    }

    [Fact]
    public async Task A_call_that_a_dying_worker_had_received_fails_at_once_and_is_not_repeated()
    {
        _host = await TestHost.Start(_workers);
        _workers.Reply = static (context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted);
        _workers.Succeeds = static _ => new TaskCompletionSource<bool>().Task;
        var call = _host.Status("POST", "/call/hang");
        await _workers.NextRequest();
        _workers.Latest!.Kill();

        Assert.Equal(HttpStatusCode.InternalServerError, await call.WaitAsync(TimeSpan.FromSeconds(5), Ct));
        (_workers.Reply, _workers.Succeeds) = (static (_, _) => Task.CompletedTask, static _ => Task.FromResult(true));
        Assert.Equal(HttpStatusCode.OK, await _host.Status("POST", "/call/again"));
        Assert.Single(_workers.Requests, request => request.Target == "/call/hang");
    }

    [Fact]
    public async Task A_function_that_does_not_end_in_time_is_cancelled_and_then_its_worker_replaced()
    {
        _host = await TestHost.Start(_workers, change: options => options with { App = options.App with { FunctionTimeout = TimeSpan.FromMilliseconds(400) } });
        _workers.Reply = static (context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted);
        _workers.Succeeds = static _ => new TaskCompletionSource<bool>().Task;
        var call = _host.Status("GET", "/call/hang");
        var id = (await _workers.NextCall()).Request.InvocationId;

        Assert.Equal(HttpStatusCode.InternalServerError, await call);
        Assert.Single(_workers.Heard, message => message.InvocationCancel?.InvocationId == id);
        (_workers.Reply, _workers.Succeeds) = (static (_, _) => Task.CompletedTask, static _ => Task.FromResult(true));
        Assert.Equal(HttpStatusCode.OK, await _host.Status("GET", "/call"));
        Assert.Equal(2, _workers.Started);
    }

    [Fact]
    public async Task A_function_that_heeds_its_cancellation_keeps_its_worker()
    {
        _host = await TestHost.Start(_workers, change: options => options with { App = options.App with { FunctionTimeout = TimeSpan.FromMilliseconds(400) } });
        _workers.Succeeds = async call =>
        {
            while (!_workers.Heard.Any(message => message.InvocationCancel?.InvocationId == call.Request.InvocationId))
                await Task.Delay(10, Ct);
            return false;
        };

        Assert.Equal(HttpStatusCode.InternalServerError, await _host.Status("GET", "/call"));
        _workers.Succeeds = static _ => Task.FromResult(true);
        Assert.Equal(HttpStatusCode.OK, await _host.Status("GET", "/call"));
        Assert.Equal(1, _workers.Started);
    }

    [Fact]
    public async Task The_worker_is_asked_to_end_when_the_host_stops()
    {
        _host = await TestHost.Start(_workers);
        await _host.DisposeAsync();
        _host = null;

        Assert.NotNull(_workers.Heard.Last().WorkerTerminate);
        Assert.True(_workers.Latest!.Exited.IsCompleted);
    }

    [Fact]
    public async Task A_stranger_who_dials_in_is_hung_up_on()
    {
        WorkerStart? first = null;
        _host = await TestHost.Open(start =>
        {
            first = start;
            return _workers.Launcher(start);
        });
        await _host.Host.Start(new Dictionary<string, string>(), null!, Ct);
        await using var stranger = await TestWorker.Start(_workers, first! with { WorkerId = Guid.NewGuid().ToString() });

        await ((TestWorker)stranger).HungUp.WaitAsync(TimeSpan.FromSeconds(5), Ct);
        Assert.Equal(HttpStatusCode.OK, await _host.Status("GET", "/call"));
    }

    [Fact]
    public async Task A_worker_that_does_not_start_is_an_error_with_its_last_words()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The worker of this test is a script.");
        _host = await TestHost.Open(launch: null, options =>
        {
            var script = Path.Combine(options.App.Folder, "worker.sh");
            File.WriteAllText(script, "echo 'no database for me'\nexit 7\n");
            return options with { App = options.App with { Executable = "sh", Worker = script } };
        });
        var error = await Assert.ThrowsAsync<StackException>(() => _host.Host.Start(new Dictionary<string, string>(), null!, Ct));

        Assert.Contains("exit code 7", error.Message, StringComparison.Ordinal);
        Assert.Contains("no database for me", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(11, 500, 0)]
    [InlineData(1, 0, 250)]
    [InlineData(1, 250, 500)]
    [InlineData(1, 8000, 10_000)]
    public void A_worker_that_lived_long_is_restarted_at_once_and_others_later_and_later(int livedSeconds, int previousMs, int expectedMs) => Assert.Equal(
        TimeSpan.FromMilliseconds(expectedMs),
        RestartPauses.Usual.After(TimeSpan.FromSeconds(livedSeconds), TimeSpan.FromMilliseconds(previousMs)));
}
