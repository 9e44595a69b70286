using System.Data.Common;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Crm.Shared;
using Crm.Shared.Tracing;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Trace;

namespace Crm.Functions.Hosting;

/// <summary>
/// What goes where. A collector gets all there is, logs too. Application Insights gets traces and metrics: the requests and the logs of the app are sent there
/// by the Functions host, in the form that the alerts (<c>infra/modules/alerts.bicep</c>) read. (What derives from a type of OpenTelemetry's is in
/// <c>Crm.Shared/Tracing</c>: who lists the types of this assembly would load it.)
/// </summary>
internal static class TelemetryExports
{
    private const string DatabaseDriver = "Npgsql";
    private const string WebServer = "Microsoft.AspNetCore.Hosting";

    public static void Add(FunctionsApplicationBuilder builder, bool toCollector, string? insights)
    {
        var configuration = builder.Configuration;
        builder.UseMiddleware<TracedInvocations>();
        var telemetry = builder.Services.AddOpenTelemetry()
            .UseFunctionsWorkerDefaults()
            .WithTracing(static traces => traces.AddSource(Telemetry.Name, DatabaseDriver).AddProcessor(new SpanNames()))
            .WithMetrics(static metrics => metrics.AddMeter(Telemetry.Name, DatabaseDriver, WebServer));
        if (toCollector)
        {
            builder.Services.Configure<OpenTelemetryLoggerOptions>(static logs => logs.IncludeFormattedMessage = true);
            telemetry.WithLogging(static logs => logs.AddProcessor(new LogFacts(TracedInvocations.OfCurrent))).UseOtlpExporter();
        }

        if (insights is not null)
        {
            var credential = Credential(configuration["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"]);
            Action<AzureMonitorExporterOptions> configure = options => (options.ConnectionString, options.Credential) = (insights, credential);
            telemetry
                .WithTracing(traces => traces.AddAzureMonitorTraceExporter(configure))
                .WithMetrics(metrics => metrics.AddAzureMonitorMetricExporter(configure));
        }

        // By the trace alone, and last: that exporter's own sampler follows the parent, and the host, which speaks to Application Insights by itself, does not
        // mark its spans as recorded.
        var ratio = configuration.GetValue("Telemetry:TraceRatio", 1.0);
        telemetry.WithTracing(traces => traces.SetSampler(_ => new TraceIdRatioBasedSampler(ratio)));
    }

    // In the form in which the host takes it: "Authorization=AAD", and "ClientId=…" where the identity is an assigned one.
    private static ManagedIdentityCredential? Credential(string? text)
    {
        var parts = new DbConnectionStringBuilder { ConnectionString = text };
        if (!parts.TryGetValue("Authorization", out var kind) || kind is not "AAD")
            return null;
        return new(parts.TryGetValue("ClientId", out var id) ? ManagedIdentityId.FromUserAssignedClientId((string)id) : ManagedIdentityId.SystemAssigned);
    }
}
