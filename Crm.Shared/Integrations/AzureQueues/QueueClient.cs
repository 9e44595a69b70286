using System.Globalization;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Crm.Shared.Integrations.AzureQueues;

/// <summary>
/// Azure Storage queues over their REST interface, on Azure.Core's pipeline (retries, diagnostics, tokens). Texts travel base64 encoded, as the Functions
/// host expects them. A failure that survived the retries is a <see cref="RequestFailedException"/>.
/// </summary>
public sealed class QueueClient
{
    /// <summary>Known to real storage and to Azurite from 3.33 on.</summary>
    private const string ApiVersion = "2024-11-04";

    /// <summary>The service hands out no more at once.</summary>
    public const int MaxReceive = 32;

    private readonly HttpPipeline _pipeline;
    private readonly Uri _endpoint;

    private QueueClient(Uri endpoint, HttpPipelinePolicy authentication)
    {
        _endpoint = endpoint;
        _pipeline = HttpPipelineBuilder.Build(new Options(), authentication);
    }

    public static QueueClient FromConnectionString(string connectionString)
    {
        var connection = QueueConnectionString.Parse(connectionString);
        return new(connection.Endpoint, new SharedKeyPolicy(connection.Account, connection.Key));
    }

    public static QueueClient FromServiceUri(Uri serviceUri, TokenCredential credential) =>
        new(serviceUri, new BearerTokenAuthenticationPolicy(credential, "https://storage.azure.com/.default"));

    /// <summary>Adds a message, creating the queue on its first use. It stays hidden for <paramref name="delay"/> (at most seven days).</summary>
    /// <exception cref="ArgumentException">The message is over 64 KB once encoded.</exception>
    public async Task SendAsync(string queue, string text, TimeSpan? delay = null, CancellationToken ct = default)
    {
        var path = $"{queue}/messages?visibilitytimeout={Seconds(delay ?? TimeSpan.Zero)}";
        var body = QueueXml.Write(text);
        using var response = await CallAsync(RequestMethod.Post, path, body, ct);
        if (response.Status != 404)
        {
            Expect(response, 201);
            return;
        }

        await CreateAsync(queue, ct);
        using var second = await CallAsync(RequestMethod.Post, path, body, ct);
        Expect(second, 201);
    }

    /// <summary>Takes up to <paramref name="max"/> messages (1 to 32), hidden from others for <paramref name="visibility"/>. A missing queue is an empty one.</summary>
    public async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(string queue, int max, TimeSpan visibility, CancellationToken ct = default)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"{queue}/messages?numofmessages={max}&visibilitytimeout={Seconds(visibility)}");
        using var response = await CallAsync(RequestMethod.Get, path, null, ct);
        if (response.Status == 404)
        {
            return [];
        }

        Expect(response, 200);
        return QueueXml.ReadList(response.ContentStream!);
    }

    /// <summary>False when the message was no longer ours: its lease ran out and somebody else received or deleted it.</summary>
    public async Task<bool> DeleteAsync(string queue, QueueMessage message, CancellationToken ct = default)
    {
        var path = $"{queue}/messages/{message.Id}?popreceipt={Uri.EscapeDataString(message.PopReceipt)}";
        using var response = await CallAsync(RequestMethod.Delete, path, null, ct);
        if (response.Status is 400 or 404)
        {
            return false;
        }

        Expect(response, 204);
        return true;
    }

    /// <summary>Hides the message for another <paramref name="visibility"/> from now; zero hands it back at once. Use the returned one afterwards.</summary>
    public async Task<QueueMessage> UpdateAsync(string queue, QueueMessage message, TimeSpan visibility, CancellationToken ct = default)
    {
        var path = $"{queue}/messages/{message.Id}?popreceipt={Uri.EscapeDataString(message.PopReceipt)}&visibilitytimeout={Seconds(visibility)}";
        using var response = await CallAsync(RequestMethod.Put, path, null, ct);
        Expect(response, 204);
        return message with
        {
            PopReceipt = response.Headers.TryGetValue("x-ms-popreceipt", out var receipt) ? receipt : message.PopReceipt,
            NextVisibleTime = response.Headers.TryGetValue("x-ms-time-next-visible", out var time)
                ? DateTimeOffset.Parse(time, CultureInfo.InvariantCulture)
                : message.NextVisibleTime,
        };
    }

    /// <summary>Creates the queue; one that exists is left as it is.</summary>
    public async Task CreateAsync(string queue, CancellationToken ct = default)
    {
        using var response = await CallAsync(RequestMethod.Put, queue, null, ct);
        Expect(response, 201, 204);
    }

    /// <summary>How many messages the queue holds, hidden ones included; approximate, and 0 for a missing queue.</summary>
    public async Task<int> CountAsync(string queue, CancellationToken ct = default)
    {
        using var response = await CallAsync(RequestMethod.Get, $"{queue}?comp=metadata", null, ct);
        if (response.Status == 404)
        {
            return 0;
        }

        Expect(response, 200);
        return response.Headers.TryGetValue("x-ms-approximate-messages-count", out var count) ? int.Parse(count, CultureInfo.InvariantCulture) : 0;
    }

    private async Task<Response> CallAsync(RequestMethod method, string pathAndQuery, string? body, CancellationToken ct)
    {
        var request = _pipeline.CreateRequest();
        request.Method = method;
        request.Uri.Reset(new Uri($"{_endpoint.AbsoluteUri.TrimEnd('/')}/{pathAndQuery}"));
        request.Headers.SetValue("x-ms-version", ApiVersion);
        if (body is not null)
        {
            request.Headers.SetValue("Content-Type", "application/xml");
            request.Content = RequestContent.Create(body);
        }

        return await _pipeline.SendRequestAsync(request, ct);
    }

    private static void Expect(Response response, params ReadOnlySpan<int> statuses)
    {
        if (!statuses.Contains(response.Status))
        {
            throw new RequestFailedException(response);
        }
    }

    private static string Seconds(TimeSpan time) => ((int)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    private sealed class Options : ClientOptions;
}
