using System.Diagnostics;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Crm.Functions.Hosting;

/// <summary>
/// Runs each HTTP-triggered function as an endpoint of the app's own pipeline. The worker's web pipeline cannot be added to, and one that answers before the
/// function has run leaves the invocation waiting for fifteen seconds: so ours runs inside the function, and nothing of the worker's comes after it.
/// </summary>
public sealed class HttpFunctions(WebPipeline pipeline, ClientAddress address) : IFunctionsWorkerMiddleware
{
    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next) =>
        context.GetHttpContext() is { } http ? Run(http, context.BindingContext.BindingData) : next(context);

    private async Task Run(HttpContext http, IReadOnlyDictionary<string, object?> metadata)
    {
        await address.Correct(http, metadata);
        await pipeline.Run(http);
    }
}

/// <summary>
/// What no other function has the path and method for: unknown paths, methods that a path does not take, the documentation, and the twin of every path under
/// <c>/api</c>. The host tries functions in the order of their names, so this name comes last.
/// </summary>
public static class Fallback
{
    public const string Name = "zz_Fallback";

    [Function(Name)]
    public static void Handle([HttpTrigger(Anonymous, Route = "{*path}")] HttpRequest request) => throw new UnreachableException("The pipeline answers.");
}
