using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Hosting;

/// <summary>What the app's pipeline needs of the worker and of ASP.NET Core.</summary>
public static class HostingSetup
{
    /// <summary>
    /// The largest body the platform passes on. One that is larger than ours is refused, but read: cut off, its sender would never see the answer.
    /// </summary>
    private const long LargestBodyRead = 100 * 1024 * 1024;

    public static void AddHosting(this FunctionsApplicationBuilder builder)
    {
        builder.ConfigureFunctionsWebApplication();
        builder.AddTelemetry();
        builder.UseMiddleware<HttpFunctions>();
        // Each of their Information lines would travel to the host: six messages a request.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("System.Net.Http", LogLevel.Warning);

        var services = builder.Services;
        // The worker's integration adds MVC, which adds data protection and its key files; nothing here uses them.
        foreach (var unused in services.Where(service => service.ImplementationType?.Name == "DataProtectionHostedService").ToArray())
            services.Remove(unused);
        // The generator registers it for the entry assembly alone, which under test is another one.
        services.AddSingleton<IFunctionMetadataProvider, GeneratedFunctionMetadataProvider>();
        services.Configure<WorkerOptions>(static worker => worker.InputConverters.RegisterAt<ServiceConverter>(0));
        services.Configure<KestrelServerOptions>(static kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = LargestBodyRead;
            kestrel.AddServerHeader = false;
        });
        // Handlers do not block: what a socket brings is handled where it arrived.
        services.Configure<SocketTransportOptions>(static sockets => sockets.UnsafePreferInlineScheduling = true);
        services.AddSingleton<WebPipeline>();
        services.AddSingleton<FunctionEndpoints>();
        services.AddSingleton<DescribedFunctions>();
        services.AddSingleton<EndpointDataSource>(static services => services.GetRequiredService<DescribedFunctions>());
        services.AddSingleton<IApiDescriptionProvider>(static services => services.GetRequiredService<DescribedFunctions>());
        services.AddSingleton<ClientAddress>();
        services.AddSingleton(Clock(builder));
        services.AddSingleton<Totals>();
        services.AddValidation();
        services.ConfigureHttpJsonOptions(static json =>
        {
            json.SerializerOptions.Converters.Add(new UtcTimeConverter());
            // JSON is never inlined in HTML here: letters stay letters.
            json.SerializerOptions.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        });
        builder.AddRateLimit();
        services.AddSingleton<IValidateOptions<SettingChecks.Checked>>(new SettingChecks(builder.Configuration));
        services.AddOptions<SettingChecks.Checked>().ValidateOnStart();
    }

    private static TimeProvider Clock(FunctionsApplicationBuilder builder) =>
        builder.Environment.IsDevelopment() && builder.Configuration["Clock:OffsetFile"] is { Length: > 0 } file ? new MovableClock(file) : TimeProvider.System;
}
