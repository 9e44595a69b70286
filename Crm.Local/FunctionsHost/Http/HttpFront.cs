using Crm.Local.FunctionsHost.Workers;
using Crm.Local.Services;
using Crm.Local.Tracing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Yarp.ReverseProxy.Forwarder;

namespace Crm.Local.FunctionsHost.Http;

/// <summary>
/// The port that clients talk to: answers CORS preflight itself, hands every request to the function whose route it fits, and has little else to say.
/// </summary>
public sealed class HttpFront : IAsyncDisposable
{
    /// <summary>The platform's limit for a request body.</summary>
    private const long MaxBodySize = 100L * 1024 * 1024;

    private readonly WebApplication _server;
    private readonly HttpCalls _calls;
    private readonly WorkerSupervisor _worker;
    private readonly HostLog _log;
    private readonly Action<FinishedSpan>? _trace;

    private HttpFront(WebApplication server, WorkerSupervisor worker, HostLog log, Action<FinishedSpan>? trace)
    {
        _server = server;
        _calls = new(server.Services.GetRequiredService<IHttpForwarder>());
        _worker = worker;
        _log = log;
        _trace = trace;
    }

    public Uri Address { get; private set; } = null!;

    /// <param name="port">0 picks a free one.</param>
    /// <param name="cors">Allowed origins; empty turns CORS off.</param>
    /// <param name="worker">Has the functions.</param>
    /// <param name="log">Gets a line for each request.</param>
    /// <param name="trace">Gets a span for each request; null when nobody wants them.</param>
    /// <param name="ct">Gives up starting.</param>
    public static async Task<HttpFront> Start(
        int port, IReadOnlyList<string> cors, WorkerSupervisor worker, HostLog log, Action<FinishedSpan>? trace, CancellationToken ct)
    {
        var builder = LoopbackServer.CreateBuilder(port, MaxBodySize, HttpProtocols.Http1);
        builder.Services.AddCors();
        builder.Services.AddHttpForwarder();
        var server = builder.Build();
        if (cors.Count > 0)
            server.UseCors(policy => policy.WithOrigins([.. cors]).AllowAnyHeader().AllowAnyMethod());
        var front = new HttpFront(server, worker, log, trace);
        server.Run(front.Handle);
        try
        {
            front.Address = await LoopbackServer.Start(server, port, "--port", ct);
            return front;
        }
        catch
        {
            await front.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await LoopbackServer.Stop(_server);
        _calls.Dispose();
    }

    private async Task Handle(HttpContext context)
    {
        var started = TimeProvider.System.GetTimestamp();
        string? function = null;
        if (_trace is not null)
            context.Features.Set(RequestSpan.Begin(context.Request));
        try
        {
            var worker = await _worker.Ready(context.RequestAborted);
            function = await Answer(context, worker);
        }
        catch (WorkerDownException)
        {
            HttpCalls.Fail(context, StatusCodes.Status503ServiceUnavailable);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client did not wait for the worker.
        }

        var time = TimeProvider.System.GetElapsedTime(started);
        _log.Request(context, function, time);
        if (context.Features.Get<RequestSpan>() is { } span)
            _trace?.Invoke(span.End(context, time));
    }

    /// <summary>Returns the name of the function that was called, if one was.</summary>
    private async Task<string?> Answer(HttpContext context, ReadyWorker worker)
    {
        var path = context.Request.Path;
        if (IsReserved(path) || worker.Router.Find(context, out var values) is not { } function)
        {
            context.Response.StatusCode = IsHomepage(context.Request) ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound;
            return null;
        }

        if (function.IsDisabled)
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        else if (function.Failure is not null || context.Request.ContentLength > MaxBodySize)
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        else if (await _calls.Call(context, worker, function, values) is { Succeeded: false } result)
            _log.Warn($"{function.Name} failed: {result.Error}");
        return function.Name;
    }

    private static bool IsReserved(PathString path) =>
        path.StartsWithSegments("/admin", StringComparison.OrdinalIgnoreCase) || path.StartsWithSegments("/runtime", StringComparison.OrdinalIgnoreCase);

    /// <summary>Where no function has the root the real host says that it is there.</summary>
    private static bool IsHomepage(HttpRequest request) => request.Path == "/" && HttpMethods.IsGet(request.Method);
}
