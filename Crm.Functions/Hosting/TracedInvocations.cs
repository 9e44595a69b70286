using System.Diagnostics;
using System.Globalization;
using Crm.Functions.Auth;
using Crm.Shared;
using Crm.Shared.Integrations.AzureQueues;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Crm.Functions.Hosting;

/// <summary>
/// Says of each invocation whose it is: on its span, and for what is logged in it. A queue function goes on with the trace of whoever sent the message, and
/// says how long that one had waited. Used while something is exported, and never otherwise.
/// </summary>
public sealed class TracedInvocations(ILogger<TracedInvocations> logger) : IFunctionsWorkerMiddleware
{
    /// <summary>
    /// By this mark the host knows the invocation of a line of the log, and drops a line without one: the alerts on queues would see nothing. The worker leaves
    /// it out as soon as spans are exported (Microsoft.Azure.Functions.Worker.Core, TelemetryProviderV1_37_0).
    /// </summary>
    public const string HostsMark = "AzureFunctions_InvocationId";

    private static readonly AsyncLocal<FunctionContext?> Running = new();

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        Running.Value = context;
        using var mark = logger.BeginScope(new KeyValuePair<string, object>[] { new(HostsMark, context.InvocationId) });
        var invocation = Activity.Current;
        using var processing = IsQueued(context) ? Process(context, invocation) : null;
        try
        {
            await next(context);
        }
        catch
        {
            processing?.SetStatus(ActivityStatusCode.Error);
            throw;
        }
        finally
        {
            foreach (var (name, value) in Facts(context))
            {
                invocation?.SetTag(name, value);
                processing?.SetTag(name, value);
            }
        }
    }

    /// <summary>Whose the running invocation is: its request's id, its organisation, and what of the request is nobody's secret.</summary>
    public static IEnumerable<KeyValuePair<string, object?>> OfCurrent() => Running.Value is { } context
        ? [new("faas.name", context.FunctionDefinition.Name), new("faas.invocation_id", context.InvocationId), .. Facts(context)]
        : [];

    private static KeyValuePair<string, object?>[] Facts(FunctionContext context)
    {
        try
        {
            return Known(context);
        }
        catch (ObjectDisposedException)
        {
            // The client has hung up: its request is gone, while the function still runs and logs.
            return [];
        }
    }

    private static KeyValuePair<string, object?>[] Known(FunctionContext context)
    {
        if (context.GetHttpContext() is not { } http)
            return context.BindingContext.BindingData.TryGetValue("organizationId", out var id) ? [new("crm.organization_id", id)] : [];
        return
        [
            new("crm.request_id", http.TraceIdentifier),
            new("crm.organization_id", http.Features.Get<Caller>()?.OrganizationId.ToString()),
            new("http.request.method", http.Request.Method),
            // The template: paths hold tokens.
            new("http.route", (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText),
            new("http.response.status_code", http.Response.StatusCode),
        ];
    }

    private static bool IsQueued(FunctionContext context) => context.FunctionDefinition.InputBindings.Values.Any(static input => input.Type == "queueTrigger");

    private static Activity? Process(FunctionContext context, Activity? invocation)
    {
        var (data, function) = (context.BindingContext.BindingData, context.FunctionDefinition.Name);
        var name = new KeyValuePair<string, object?>("faas.name", function);
        if (Text(data, "InsertionTime") is { } inserted && DateTimeOffset.TryParse(inserted, CultureInfo.InvariantCulture, out var since))
            Telemetry.QueueLag.Record(Math.Max(0, (TimeProvider.System.GetUtcNow() - since).TotalSeconds), name);
        if (!ActivityContext.TryParse(Text(data, QueueText.Trace), traceState: null, isRemote: true, out var sender) || sender.TraceId == invocation?.TraceId)
            return null;
        // Not a consumer's span, which Application Insights would count as a request beside the host's.
        var span = Telemetry.Source.StartActivity(
            $"process {function}", ActivityKind.Internal, sender, [name], invocation is null ? null : [new ActivityLink(invocation.Context)]);
        if (span is not null)
            invocation?.AddLink(new ActivityLink(span.Context));
        return span;
    }

    // What is no text comes as JSON.
    private static string? Text(IReadOnlyDictionary<string, object?> data, string name) =>
        data.TryGetValue(name, out var value) ? value?.ToString()?.Trim('"') : null;
}
