using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Crm.Local.Providers;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.WebUtilities;
using SendGrid.Helpers.EventWebhook;

namespace Crm.Functions.Tests.Local;

/// <summary>
/// Stands where the app would, at an address that only the simulator knows, and keeps what it is called with; signatures are checked by the vendors' own code.
/// </summary>
public sealed class StandInApp : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly WebApplication _server;
    private readonly ConcurrentQueue<Call> _calls = new();

    private StandInApp(WebApplication server) => _server = server;

    /// <summary>What it answers, by how many calls there were before.</summary>
    public Func<int, int> Answers { get; set; } = _ => 200;

    public IReadOnlyList<Call> Calls => [.. _calls];

    public Uri Address => new(_server.Urls.Single());

    /// <param name="simulator">Is told where the app is, and that it calls itself http://crm.test.</param>
    public static async Task<StandInApp> Start(ProviderSimulator simulator)
    {
        var app = await Start();
        simulator.App.Address = app.Address;
        simulator.App.PublicAddress = new Uri("http://crm.test");
        return app;
    }

    public static async Task<StandInApp> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        var app = new StandInApp(builder.Build());
        app._server.Run(app.Receive);
        await app._server.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    /// <summary>Waits for so many calls, and returns all there are.</summary>
    public async Task<IReadOnlyList<Call>> Called(int count)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (_calls.Count < count)
        {
            Assert.False(patience.IsCancellationRequested, $"{_calls.Count} of {count} calls came.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        return Calls;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task Receive(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        context.Response.StatusCode = Answers(_calls.Count);
        if (context.Response.StatusCode is >= 300 and < 400)
            context.Response.Headers.Location = "https://shop.example/";
        _calls.Enqueue(new(context.Request.Method, context.Request.GetEncodedPathAndQuery(), headers, body.ToArray()));
    }

    public sealed record Call(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
    {
        public string Text => Encoding.UTF8.GetString(Body);

        /// <summary>The mail events it brought; fails when they are not signed as SendGrid signs.</summary>
        public IReadOnlyList<JsonObject> MailEvents(string publicKey)
        {
            Assert.Equal("POST /webhooks/sendgrid/events", $"{Method} {Path}");
            Assert.EndsWith("}]\r\n", Text, StringComparison.Ordinal);
            var validator = new RequestValidator();
            var isSigned = validator.VerifySignature(
                validator.ConvertPublicKeyToECDSA(publicKey), Text, Headers[RequestValidator.SIGNATURE_HEADER], Headers[RequestValidator.TIMESTAMP_HEADER]);
            Assert.True(isSigned, "The events' signature is wrong.");
            return [.. JsonNode.Parse(Text)!.AsArray().Select(one => one!.AsObject())];
        }

        /// <summary>The form it brought; fails when it is not signed as Twilio signs.</summary>
        public Dictionary<string, string> Form(string authToken)
        {
            var form = new FormReader(Text).ReadForm().ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal);
            var isSigned = new Twilio.Security.RequestValidator(authToken).Validate($"http://crm.test{Path}", form, Headers["X-Twilio-Signature"]);
            Assert.True(isSigned, "The form's signature is wrong.");
            return form;
        }
    }
}
