using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Crm.Local.FunctionsHost.Rpc;
using Crm.Local.FunctionsHost.Workers;
using Microsoft.AspNetCore.Http.Features;
using static Crm.Local.FunctionsHost.Rpc.StatusResult.Types;

namespace Crm.Functions.Tests.Local;

/// <summary>A call as a worker got it.</summary>
public sealed record SeenCall(string Function, InvocationRequest Request)
{
    public TypedData Input => Request.InputData.Single().Data;

    /// <summary>As a parameter of that name binds.</summary>
    public TypedData this[string metadata] => Request.TriggerMetadata.Single(value => value.Key.Equals(metadata, StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>A request as the worker's web server saw it.</summary>
public sealed record SeenRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>The workers of one test's host, one after the other: what functions they have, what they saw and how they answer.</summary>
public sealed class TestWorkers
{
    /// <summary>How long a test waits for a call that should come.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<SeenCall> _calls = Channel.CreateUnbounded<SeenCall>();
    private readonly Channel<SeenRequest> _requests = Channel.CreateUnbounded<SeenRequest>();
    private int _started;

    public List<FunctionMetadata> Functions { get; } = [];

    /// <summary>The one function that cannot be loaded.</summary>
    public string? Broken { get; set; }

    /// <summary>How a call ends; never, when the task does not.</summary>
    public Func<SeenCall, Task<bool>> Succeeds { get; set; } = static _ => Task.FromResult(true);

    /// <summary>What the web server answers; by default the body, echoed.</summary>
    public Func<HttpContext, SeenRequest, Task> Reply { get; set; } = static (context, seen) => context.Response.WriteAsync(seen.Body, context.RequestAborted);

    public ConcurrentQueue<StreamingMessage> Heard { get; } = [];

    public ConcurrentQueue<SeenCall> Calls { get; } = [];

    public ConcurrentQueue<SeenRequest> Requests { get; } = [];

    public TestWorker? Latest { get; private set; }

    public int Started => _started;

    public WorkerLauncher Launcher => async start =>
    {
        Interlocked.Increment(ref _started);
        var worker = await TestWorker.Start(this, start);
        Latest = (TestWorker)worker;
        return worker;
    };

    public void AddHttp(string name, string route, params string[] methods)
    {
        var binding = new JsonObject
        {
            ["name"] = "req",
            ["direction"] = "In",
            ["type"] = "httpTrigger",
            ["authLevel"] = "Anonymous",
            ["route"] = route,
            ["properties"] = new JsonObject(),
        };
        // The attribute that names no method leaves them out.
        if (methods.Length > 0)
            binding["methods"] = new JsonArray([.. methods.Select(static method => JsonValue.Create(method))]);
        Add(name, binding.ToJsonString());
    }

    public void Add(string name, string binding)
    {
        var metadata = new FunctionMetadata
        {
            Name = name,
            EntryPoint = $"Tests.{name}.Handle",
            ScriptFile = "Tests.dll",
            Language = "dotnet-isolated",
            FunctionId = $"{Functions.Count + 1000}",
        };
        metadata.RawBindings.Add(binding);
        Functions.Add(metadata);
    }

    /// <summary>The next call in the order of their arrival.</summary>
    public Task<SeenCall> NextCall() => Next(_calls.Reader);

    public Task<SeenRequest> NextRequest() => Next(_requests.Reader);

    internal async Task<StatusResult?> Invoke(SeenCall call)
    {
        Calls.Enqueue(call);
        _calls.Writer.TryWrite(call);
        return await Succeeds(call)
            ? new() { Status = Status.Success }
            : new() { Status = Status.Failure, Exception = new() { Type = "System.InvalidOperationException", Message = "told to fail" } };
    }

    private static Task<T> Next<T>(ChannelReader<T> seen) =>
        seen.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);

    internal async Task Answer(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var headers = context.Request.Headers.ToDictionary(
            static header => header.Key, static header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var seen = new SeenRequest(context.Request.Method, target, headers, await reader.ReadToEndAsync(context.RequestAborted));
        Requests.Enqueue(seen);
        _requests.Writer.TryWrite(seen);
        context.Response.Headers["X-From-Worker"] = "yes";
        await Reply(context, seen);
    }
}
