using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Crm.Local.Providers.Stripe;

/// <summary>Calls the app as the vendor does: one event, signed together with the time.</summary>
internal sealed class StripeWebhook(AppLink app, HttpClient http)
{
    private const string Path = "/invoices/webhook/stripe";

    /// <summary>Returns the app's status code; throws when it does not answer.</summary>
    public async Task<int> Post(string body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, app.Reachable(app.Public(Path)))
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.Add("Stripe-Signature", Sign(app.StripeWebhookSecret, body, app.Time.GetUtcNow()));
        request.Headers.UserAgent.ParseAdd("Stripe/1.0");
        using var response = await http.SendAsync(request, ct);
        return (int)response.StatusCode;
    }

    /// <summary>The header that proves a body: <c>t=1700000000,v1=…</c></summary>
    public static string Sign(string secret, string body, DateTimeOffset at)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"t={time},v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{time}.{body}")))}";
    }
}
