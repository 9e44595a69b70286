using System.Net;

namespace Crm.Shared.Integrations.Twilio;

/// <summary>The SDK knows no address but the vendor's, and drops an answer's headers: this leads its calls to ours, and reads how long to wait.</summary>
internal sealed class TwilioAddress(Uri address, TimeProvider clock) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.RequestUri = new UriBuilder(request.RequestUri!) { Scheme = address.Scheme, Host = address.Host, Port = address.Port }.Uri;
        var answer = await base.SendAsync(request, cancellationToken);
        if (answer.StatusCode != HttpStatusCode.TooManyRequests)
            return answer;
        using (answer)
            throw new ThrottledException(VendorHttp.RetryAfter(answer.Headers, clock.GetUtcNow()));
    }
}

/// <summary>It was too much at a time.</summary>
internal sealed class ThrottledException(TimeSpan? retryAfter) : Exception("429: too many calls")
{
    public TimeSpan? RetryAfter => retryAfter;
}
