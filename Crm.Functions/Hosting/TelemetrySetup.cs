namespace Crm.Functions.Hosting;

/// <summary>
/// Traces and metrics, for whoever set up a place for them: an OpenTelemetry collector, Application Insights, or both. Nothing of it is loaded otherwise, so
/// that a start without them does not pay for it: this class names no type of OpenTelemetry's.
/// </summary>
public static class TelemetrySetup
{
    /// <summary>Its middleware is around the app's own, and within the worker's: after that one a request is over, and nothing can be read of it.</summary>
    public static void AddTelemetry(this FunctionsApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var toCollector = configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 };
        var insights = configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"] is { Length: > 0 } text ? text : null;
        if ((toCollector || insights is not null) && !configuration.GetValue("OTEL_SDK_DISABLED", false))
            TelemetryExports.Add(builder, toCollector, insights);
    }
}
