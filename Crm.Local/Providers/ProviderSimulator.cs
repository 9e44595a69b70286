using Crm.Local.FunctionsHost.Timers;
using Crm.Local.Providers.Mail;
using Crm.Local.Providers.Sms;
using Crm.Local.Providers.Stripe;
using Crm.Local.Services;
using Yarp.ReverseProxy.Forwarder;

namespace Crm.Local.Providers;

/// <summary>
/// The vendors the app talks to, simulated at the HTTP level on one port, with a mailbox of what was sent and switches for faults, timers and the clock. They
/// call the app back as the vendors do, signed, once they are told where it is (<see cref="App"/>).
/// </summary>
public sealed class ProviderSimulator : IAsyncDisposable
{
    /// <summary>What the app is given to answer a call.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private readonly WebApplication _server;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = AnswerLimit };
    private readonly EventWebhook _eventWebhook;
    private readonly MailEvents _mailEvents;
    private readonly SmsEvents _smsEvents;
    private readonly OptOuts _optOuts;
    private readonly StripeAccount _stripe;
    private readonly StripeEvents _stripeEvents;
    private readonly S3Front? _s3;

    private ProviderSimulator(WebApplication server, StackClock clock, string? folder, Uri? s3)
    {
        _server = server;
        Clock = clock;
        App.Time = clock;
        Mailbox = new(File("mailbox.jsonl"));
        Ledger = new(File("ledger.tsv"));
        _eventWebhook = new(App, _http, File("sendgrid-webhook.pem"));
        _mailEvents = new(App, clock, _eventWebhook, Mailbox, Ledger, File("sendgrid-events.jsonl"));
        _smsEvents = new(App, clock, new(App, _http), Mailbox, Ledger, File("twilio-callbacks.jsonl"));
        _optOuts = new(File("twilio-stops.txt"));
        _stripe = new(new(File("stripe.jsonl")), App);
        _stripeEvents = new(App, clock, new(App, _http), Ledger, File("stripe-events.jsonl"));
        App.HasFiles = s3 is not null;
        _s3 = s3 is null ? null : new(s3, Faults, server.Services.GetRequiredService<IHttpForwarder>());

        string? File(string name) => folder is null ? null : Path.Combine(folder, name);
    }

    public Uri BaseUrl { get; private set; } = null!;

    /// <summary>What the vendors know of the app.</summary>
    public AppLink App { get; } = new();

    public Mailbox Mailbox { get; }

    /// <summary>Counts all that was ever accepted.</summary>
    public Ledger Ledger { get; }

    public Faults Faults { get; } = new();

    public StackClock Clock { get; }

    /// <summary>The timers that <c>POST /simulate/timer</c> knows.</summary>
    public Func<IReadOnlyList<TimerListener>> Timers { get; set; } = () => [];

    /// <summary>The events of Stripe's account, the oldest first: as they are told, or would have been.</summary>
    public IReadOnlyList<string> StripeEvents => _stripe.Events();

    /// <summary>How many calls of the app are still to come by themselves.</summary>
    public int PendingCallbacks => _mailEvents.Queue.Pending + _smsEvents.Queue.Pending + _stripeEvents.Queue.Pending;

    /// <param name="port">0 picks a free one.</param>
    /// <param name="clock">The stack's clock; a simulator alone gets one of its own.</param>
    /// <param name="folder">Where what was accepted, the keys and what is still to be told are kept; null keeps them in memory.</param>
    /// <param name="s3">The S3 server that is reached through this port; null: files are off.</param>
    /// <param name="ct">Gives up starting.</param>
    public static async Task<ProviderSimulator> Start(
        int port = 0, StackClock? clock = null, string? folder = null, Uri? s3 = null, CancellationToken ct = default)
    {
        var builder = LoopbackServer.CreateBuilder(port, maxBodySize: null);
        builder.Services.AddHttpForwarder();
        var server = builder.Build();
        var simulator = new ProviderSimulator(server, clock ?? new StackClock(), folder, s3);
        simulator.Map(server);
        try
        {
            simulator.BaseUrl = await LoopbackServer.Start(server, port, "--providers-port", ct);
            return simulator;
        }
        catch
        {
            await server.DisposeAsync();
            await simulator.Close();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await LoopbackServer.Stop(_server);
        await Close();
    }

    private async Task Close()
    {
        await _mailEvents.DisposeAsync();
        await _smsEvents.DisposeAsync();
        await _stripeEvents.DisposeAsync();
        _stripe.Objects.Dispose();
        _eventWebhook.Dispose();
        _http.Dispose();
        _s3?.Dispose();
        Mailbox.Dispose();
        Ledger.Dispose();
    }

    private void Map(WebApplication server)
    {
        var accepted = new Accepted(Mailbox, Ledger);
        var inboundSms = new InboundSms(App, new(App, _http), _optOuts);
        new SendGridApi(accepted, Faults, Clock, _mailEvents).Map(server);
        new TwilioApi(accepted, Mailbox, Faults, App, Clock, _smsEvents, _optOuts).Map(server);
        new StripeApi(_stripe, new(_stripe.Objects), _stripeEvents, Faults, App).Map(server);
        new StripeBrowser(_stripe, _stripeEvents, Faults, App).Map(server);
        new MailboxRoutes(Mailbox, App).Map(server);
        var events = new SimulatedEvents(Mailbox, App, new(App, _http), _mailEvents, _smsEvents, inboundSms);
        new SimulateRoutes(App, Faults, Ledger, events, new(App, _http, Mailbox), inboundSms, new(_stripe, _stripeEvents)).Map(server);
        new StackRoutes(Clock, () => Timers()).Map(server);
        _s3?.Map(server);
    }
}
