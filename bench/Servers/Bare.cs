namespace Crm.Bench.Servers;

/// <summary>The answer of the hello app from Kestrel alone.</summary>
internal static class Bare
{
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        var app = builder.Build();
        app.Run(static context =>
        {
            context.Response.ContentType = "text/plain";
            return context.Response.WriteAsync("Hello", context.RequestAborted);
        });
        return app;
    }
}
