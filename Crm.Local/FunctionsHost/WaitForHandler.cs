using System.Net;
using System.Text;

namespace Crm.Local.FunctionsHost;

/// <summary>The function app was down and did not come back in time.</summary>
public sealed class HandlerDownException : HttpRequestException
{
    public HandlerDownException()
        : base("The function app is not running.")
    {
    }

    public HandlerDownException(string message)
        : base(message)
    {
    }

    public HandlerDownException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Lets a call wait while the function app is being restarted. A call that may have changed something is never repeated.</summary>
internal sealed class WaitForHandler(CustomHandler handler) : DelegatingHandler(CreateTransport())
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(50);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var left = Limit - TimeProvider.System.GetElapsedTime(started);
            try
            {
                await handler.Up.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken);
                return await base.SendAsync(request, cancellationToken);
            }
            catch (TimeoutException)
            {
                throw new HandlerDownException();
            }
            catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.ConnectionError && left > TimeSpan.Zero)
            {
                // Refused: it died a moment ago and nothing was sent.
                await Task.Delay(RetryInterval, cancellationToken);
            }
        }
    }

    private static SocketsHttpHandler CreateTransport() => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        ResponseHeaderEncodingSelector = (_, _) => Encoding.UTF8,
    };
}
