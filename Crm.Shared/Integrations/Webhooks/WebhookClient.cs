using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Options;

namespace Crm.Shared.Integrations.Webhooks;

/// <summary>What a call to an endpoint came to.</summary>
/// <param name="StatusCode">What it answered; null when it did not.</param>
/// <param name="Error">What went wrong; null when nothing did.</param>
/// <param name="Response">The beginning of its answer.</param>
public sealed record WebhookOutcome(int? StatusCode, string? Error, string? Response)
{
    public bool Arrived => StatusCode is >= 200 and < 300;

    /// <summary>It wants no more, ever.</summary>
    public bool IsGone => StatusCode == (int)HttpStatusCode.Gone;
}

/// <summary>
/// Calls the addresses that organisations name. Where they lead is looked at when the connection is made, and it is made to the very address that was looked
/// at: a name that leads elsewhere the next moment, or a redirect, which is not followed, leads nowhere. One for the whole app: it holds the connections.
/// </summary>
public sealed class WebhookClient : IDisposable
{
    /// <summary>One call's limit; the lease of a delivery is longer.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);
    private const int LongestResponse = 500;

    private readonly HttpClient _http;
    private readonly WebhookOptions _options;

    public WebhookClient(IOptions<WebhookOptions> options)
    {
        _options = options.Value;
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = Connect,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = ConnectionLifetime,
            AllowAutoRedirect = false,
            // A proxy of the environment would connect for us, to wherever it likes.
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
        })
        {
            Timeout = Timeout,
        };
    }

    /// <summary>Why an address cannot be one of an endpoint; null when it can. What its name leads to is found out when it is called.</summary>
    public string? Refusal(Uri address) =>
        _options.AllowPrivateAddresses ? null
        : address.Scheme != Uri.UriSchemeHttps ? "must begin with https://"
        : IPAddress.TryParse(address.DnsSafeHost, out var ip) && !PublicAddress.Is(ip) ? "must be an address on the internet"
        : null;

    public Task<WebhookOutcome> Post(Uri address, string body, IReadOnlyDictionary<string, string> headers, CancellationToken ct) => ProviderCall.Observe(
        "webhook",
        nameof(Post),
        () => Attempt(address, body, headers, ct),
        static outcome => outcome.Arrived ? CallResult.Accepted : outcome.StatusCode is null ? CallResult.Unknown : CallResult.Refused);

    public void Dispose() => _http.Dispose();

    private async Task<WebhookOutcome> Attempt(Uri address, string body, IReadOnlyDictionary<string, string> headers, CancellationToken ct)
    {
        if (Refusal(address) is { } refusal)
            return new(null, $"The address {refusal}.", null);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.UserAgent.ParseAdd("Crm-Webhooks/1.0");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            var status = (int)answer.StatusCode;
            return new(status, answer.IsSuccessStatusCode ? null : $"It answered {status}.", await Beginning(answer, ct));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return new(null, exception is TaskCanceledException ? $"No answer within {Timeout.TotalSeconds} seconds." : Cause(exception), null);
        }
    }

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var name = context.DnsEndPoint;
        var addresses = await Dns.GetHostAddressesAsync(name.Host, ct);
        var reachable = _options.AllowPrivateAddresses ? addresses : Array.FindAll(addresses, PublicAddress.Is);
        if (reachable.Length == 0)
            throw new IOException("The address leads to no place on the internet.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(reachable, name.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Headers came, so it arrived: what becomes of the rest changes nothing.
    private static async Task<string?> Beginning(HttpResponseMessage answer, CancellationToken ct)
    {
        try
        {
            await using var stream = await answer.Content.ReadAsStreamAsync(ct);
            var buffer = new byte[LongestResponse];
            var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
            var text = Encoding.UTF8.GetString(buffer, 0, read).Replace('\0', ' ');
            return text.Length == 0 ? null : text;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    // The innermost says it in the fewest words, and names no address of ours.
    private static string Cause(Exception exception) =>
        exception.GetBaseException() is SocketException socket ? $"No connection: {socket.SocketErrorCode}." : exception.GetBaseException().Message;
}
