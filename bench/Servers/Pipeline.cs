using Crm.Functions;
using Crm.Functions.Hosting;

namespace Crm.Bench.Servers;

/// <summary>The app's own pipeline behind Kestrel alone, without worker and host.</summary>
internal static class Pipeline
{
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        var crm = CrmApp.Build([]);
        var pipeline = crm.Services.GetRequiredService<WebPipeline>();
        var app = builder.Build();
        app.Run(async context =>
        {
            await using var scope = crm.Services.CreateAsyncScope();
            context.RequestServices = scope.ServiceProvider;
            await pipeline.Run(context);
        });
        return app;
    }
}
