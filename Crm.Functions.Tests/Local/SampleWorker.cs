using System.Collections.Immutable;
using System.Net;
using Crm.Functions.Tests.Fixture;
using Crm.Local.FunctionsHost.Workers;
using Crm.Local.Services;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Context.Features;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Azure.Functions.Worker.Invocation;

namespace Crm.Functions.Tests.Local;

/// <summary>A real isolated worker in this process, with its web server, for <see cref="SampleFunctions"/>.</summary>
internal static class SampleWorker
{
    public static WorkerLauncher Launcher(SampleCalls calls, string queue) => start =>
    {
        var builder = FunctionsApplication.CreateBuilder([.. start.Configuration]);
        builder.ConfigureFunctionsWebApplication();
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // The worker's own choice of a port is one for the whole process.
        var port = Ports.Free();
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Services.PostConfigure<WorkerOptions>(worker => worker.Capabilities["HttpUri"] = $"http://localhost:{port}/");
        builder.Services.AddSingleton<IFunctionMetadataProvider>(new Metadata(queue));
        builder.Services.AddSingleton<IFunctionExecutor, Executor>();
        builder.Services.AddSingleton(calls);
        return InProcessWorker.Start(builder.Build());
    };

    /// <summary>What the worker's generator would have written.</summary>
    private sealed class Metadata(string queue) : IFunctionMetadataProvider
    {
        public Task<ImmutableArray<IFunctionMetadata>> GetFunctionMetadataAsync(string directory) => Task.FromResult<ImmutableArray<IFunctionMetadata>>(
        [
            Function(
                nameof(SampleFunctions.Echo),
                """{"name":"request","direction":"In","type":"httpTrigger","authLevel":"Anonymous","methods":["post"],"route":"echo/{id}","properties":{}}"""),
            Function(
                nameof(SampleFunctions.Throw),
                """{"name":"request","direction":"In","type":"httpTrigger","authLevel":"Anonymous","methods":["get"],"route":"throw","properties":{}}"""),
            Function(
                nameof(SampleFunctions.Wait),
                """{"name":"request","direction":"In","type":"httpTrigger","authLevel":"Anonymous","methods":["get"],"route":"wait","properties":{}}"""),
            Function(
                nameof(SampleFunctions.Text),
                $$$"""{"name":"message","direction":"In","type":"queueTrigger","dataType":"String","queueName":"{{{queue}}}-text","properties":{}}"""),
            Function(
                nameof(SampleFunctions.Record),
                $$$"""{"name":"thing","direction":"In","type":"queueTrigger","queueName":"{{{queue}}}-record","properties":{}}"""),
            Function(
                nameof(SampleFunctions.Whole),
                $$$"""
                {"name":"message","direction":"In","type":"queueTrigger","queueName":"{{{queue}}}-whole","properties":{"supportsDeferredBinding":"True"}}
                """),
            Function(nameof(SampleFunctions.Tick), """{"name":"timer","direction":"In","type":"timerTrigger","schedule":"0 0 3 * * *","properties":{}}"""),
        ]);

        private static DefaultFunctionMetadata Function(string name, string binding) => new()
        {
            Language = "dotnet-isolated",
            Name = name,
            EntryPoint = $"{typeof(SampleFunctions).FullName}.{name}",
            RawBindings = [binding],
            ScriptFile = $"{typeof(SampleFunctions).Assembly.GetName().Name}.dll",
        };
    }

    private sealed class Executor : IFunctionExecutor
    {
        public async ValueTask ExecuteAsync(FunctionContext context)
        {
            var input = await context.Features.Get<IFunctionInputBindingFeature>()!.BindFunctionInputAsync(context);
            var result = typeof(SampleFunctions).GetMethod(context.FunctionDefinition.Name)!
                .Invoke(null, System.Reflection.BindingFlags.DoNotWrapExceptions, null, input.Values, null);
            if (result is Task task)
                await task;
        }
    }
}
