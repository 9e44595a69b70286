using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Crm.Local.Providers.Mail;

/// <summary>The vendor's Event Webhook: posts events as it writes them, signed with the stack's own key.</summary>
internal sealed class EventWebhook : IDisposable
{
    /// <summary>Of one POST.</summary>
    public const int MostEvents = 1000;

    private const string Path = "/webhooks/sendgrid/events";
    private readonly AppLink _app;
    private readonly HttpClient _http;
    private readonly ECDsa _key;

    /// <param name="keyFile">Where the private key is kept; null makes one for the time being.</param>
    public EventWebhook(AppLink app, HttpClient http, string? keyFile)
    {
        _app = app;
        _http = http;
        _key = Key(keyFile);
        app.WebhookPublicKey = Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Returns the app's status code; throws when it does not answer.</summary>
    public async Task<int> Post(IReadOnlyList<string> events, CancellationToken ct)
    {
        // The line end belongs to the body, and to what is signed.
        var body = Encoding.UTF8.GetBytes($"[{string.Join(",\r\n", events)}]\r\n");
        var timestamp = _app.Time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.UTF8.GetBytes(timestamp), .. body];
        var signature = _key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        using var request = new HttpRequestMessage(HttpMethod.Post, _app.Reachable(_app.Public(Path)))
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.Add("X-Twilio-Email-Event-Webhook-Signature", Convert.ToBase64String(signature));
        request.Headers.Add("X-Twilio-Email-Event-Webhook-Timestamp", timestamp);
        request.Headers.UserAgent.ParseAdd("SendGrid-Event-API");
        using var response = await _http.SendAsync(request, ct);
        return (int)response.StatusCode;
    }

    /// <summary>Whether the app took them.</summary>
    public Task<bool> Tell(IReadOnlyList<string> events, CancellationToken ct) => Calls.Succeeds(() => Post(events, ct));

    public void Dispose() => _key.Dispose();

    private static ECDsa Key(string? file)
    {
        if (file is null || !File.Exists(file))
        {
            var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            if (file is not null)
                SecretFile.Write(file, key.ExportPkcs8PrivateKeyPem());
            return key;
        }

        var kept = ECDsa.Create();
        kept.ImportFromPem(File.ReadAllText(file));
        return kept;
    }
}
