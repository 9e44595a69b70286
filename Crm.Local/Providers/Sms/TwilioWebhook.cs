using System.Security.Cryptography;
using System.Text;

namespace Crm.Local.Providers.Sms;

/// <summary>Calls the app as the vendor does: a form, signed together with the address that the app gave.</summary>
internal sealed class TwilioWebhook(AppLink app, HttpClient http)
{
    /// <summary>Returns the app's status code; throws when it does not answer.</summary>
    public async Task<int> Post(Uri url, IReadOnlyDictionary<string, string> form, CancellationToken ct)
    {
        var address = app.Reachable(url);
        if (!app.Owns(url))
            throw new HttpRequestException($"{url} is not the app's: nobody else is called.");
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Add("X-Twilio-Signature", Signature(url.OriginalString, form));
        request.Headers.UserAgent.ParseAdd("TwilioProxy/1.1");
        using var response = await http.SendAsync(request, ct);
        return (int)response.StatusCode;
    }

    private string Signature(string url, IReadOnlyDictionary<string, string> form)
    {
        var signed = new StringBuilder(url);
        foreach (var (name, value) in form.OrderBy(field => field.Key, StringComparer.Ordinal))
            signed.Append(name).Append(value);
#pragma warning disable CA5350 // The vendor's own scheme.
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(app.AuthToken), Encoding.UTF8.GetBytes(signed.ToString())));
#pragma warning restore CA5350
    }
}
