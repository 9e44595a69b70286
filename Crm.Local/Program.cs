using System.CommandLine;
using System.Runtime.InteropServices;
using Crm.Local.Processes;
using Crm.Local.Services;

namespace Crm.Local;

/// <summary>One command, everything running: <c>dotnet run --project Crm.Local</c>.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var port = new Option<int>("--port") { Description = "The API's port; 0 picks a free one.", DefaultValueFactory = _ => 7071 };
        var providersPort = new Option<int>("--providers-port")
        {
            Description = "The port of the mailbox and the provider simulators; 0 picks a free one.",
            DefaultValueFactory = _ => 7072,
        };
        var data = new Option<string?>("--data")
        {
            HelpName = "folder|temp",
            Description = "Where data, mails, settings and logs are kept from one start to the next (default: .local in the repository). "
                + "'temp' takes a fresh folder and removes it at exit.",
        };
        var noDemo = new Option<bool>("--no-demo")
        {
            Description = "Does not add the demo organisation (owner@acme.test, password Passw0rd!demo); one that is there stays.",
        };
        var func = new Option<bool>("--func") { Description = "Runs the functions in Azure Functions Core Tools instead of the built-in host." };
        var verbose = new Option<bool>("--verbose")
        {
            Description = "Shows every request on the screen; logs/functions.log in the data folder has them in any case.",
        };
        var trace = new Option<bool>("--trace")
        {
            Description = "Shows each request as a tree: its function, each SQL statement with its place in the code, calls to providers, what followed in queues.",
        };
        var app = new Option<string?>("--app")
        {
            HelpName = "folder",
            Description = "The folder of a published function app (default: what was built together with this program).",
        };

        var command = new RootCommand("Runs the CRM backend locally: PostgreSQL, queues, provider simulators, the function app. Ctrl-C stops all of it.")
        {
            port, providersPort, data, noDemo, func, verbose, trace, app,
        };
        command.SetAction((parsed, _) => Run(() => new StackOptions
        {
            Port = parsed.GetValue(port),
            ProvidersPort = parsed.GetValue(providersPort),
            Data = parsed.GetValue(data) ?? Path.Combine(SourceTree.Root, ".local"),
            Demo = !parsed.GetValue(noDemo),
            UseCoreTools = parsed.GetValue(func),
            Verbose = parsed.GetValue(verbose),
            Trace = parsed.GetValue(trace),
            App = parsed.GetValue(app) ?? SourceTree.FunctionApp,
            Database = Environment.GetEnvironmentVariable("CRM_DATABASE") is { Length: > 0 } database ? database : null,
        }));

        // The library would end the process two seconds after Ctrl-C, in the middle of our stopping.
        return await command.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static async Task<int> Run(Func<StackOptions> options)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        using var output = new Output();
        _ = StopWithLauncher();
        try
        {
            await using var stack = new LocalStack(options(), output);
            await stack.Run(stop.Token);
            return 0;
        }
        catch (StackException error)
        {
            output.Error(error.Message);
            return 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }

        async Task StopWithLauncher()
        {
            try
            {
                await Launcher.Gone(stop.Token);
                await stop.CancelAsync();
            }
            catch (OperationCanceledException)
            {
                // We stop in any case.
            }
        }

        // A second Ctrl-C is left to the system: we end at once, and our children with us.
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }
}
