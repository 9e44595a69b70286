using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Crm.Functions.Tests.WebhookEndpoints;

/// <summary>A program that webhooks are sent to; it can be killed, and started again where it was.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentQueue<ReceivedEvent> _received = new();
    private WebApplication? _server;
    private int _port;

    /// <summary>What it answers.</summary>
    public int Status { get; set; } = 200;

    /// <summary>Where it sends callers on; null: nowhere.</summary>
    public string? Location { get; set; }

    public string Url => $"http://127.0.0.1:{_port}/hooks";

    public IReadOnlyList<ReceivedEvent> Received => [.. _received];

    public static async Task<WebhookReceiver> Open()
    {
        var receiver = new WebhookReceiver();
        await receiver.Start();
        return receiver;
    }

    public async Task Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port));
        builder.Logging.ClearProviders();
        _server = builder.Build();
        _server.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var headers = context.Request.Headers;
            _received.Enqueue(new(
                context.Request.Path, headers["webhook-id"]!, headers["webhook-timestamp"]!, headers["webhook-signature"]!, await reader.ReadToEndAsync()));
            context.Response.StatusCode = Status;
            if (Location is not null)
                context.Response.Headers.Location = Location;
            await context.Response.WriteAsync("heard");
        });
        await _server.StartAsync();
        _port = new Uri(_server.Urls.Single()).Port;
    }

    public async Task Kill()
    {
        await _server!.DisposeAsync();
        _server = null;
    }

    /// <summary>Waits until it has received so many calls.</summary>
    public async Task<IReadOnlyList<ReceivedEvent>> Calls(int count)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (_received.Count < count)
        {
            Assert.False(patience.IsCancellationRequested, $"{_received.Count} of {count} call(s) came.");
            await Task.Delay(20);
        }

        return Received;
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}

internal sealed record ReceivedEvent(string Path, string Id, string Timestamp, string Signature, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string Type => Json.GetProperty("type").GetString()!;

    /// <summary>Whether one of the signatures is the secret's, as a receiver checks it.</summary>
    public bool IsSignedWith(string secret)
    {
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{Id}.{Timestamp}.{Body}")));
        return Signature.Split(' ').Contains(expected, StringComparer.Ordinal);
    }
}
