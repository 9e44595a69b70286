using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// The floor of a request and of a cold start: what the isolated worker and ASP.NET Core need before anything of ours. Set up as the CRM's app is.
var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
// Each Information line of ASP.NET Core would travel to the host: six messages a request.
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
// MVC, which the integration adds, brings data protection and its key files; nothing here uses them.
foreach (var hosted in builder.Services.Where(static service => service.ImplementationType?.Name == "DataProtectionHostedService").ToArray())
    builder.Services.Remove(hosted);
builder.Build().Run();

namespace Crm.Bench.Hello
{
    public static class Greeting
    {
        [Function("Hello")]
        public static async Task Say([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "hello")] HttpRequest request)
        {
            request.HttpContext.Response.ContentType = "text/plain";
            await request.HttpContext.Response.WriteAsync("Hello", request.HttpContext.RequestAborted);
        }
    }
}
