using System.Globalization;
using System.Security.Cryptography;

namespace Crm.Local.Providers.Sms;

/// <summary>A text that somebody writes to the app, handed over as the vendor does.</summary>
internal sealed class InboundSms(AppLink app, TwilioWebhook webhook, OptOuts optOuts)
{
    private const string Path = "/webhooks/twilio/sms";
    private const int SidDigits = 32;

    /// <summary>Returns the message's id and the app's status code.</summary>
    public async Task<(string Sid, int Status)> Write(string from, string to, string body, CancellationToken ct)
    {
        optOuts.Read(from, body);
        var sid = $"SM{RandomNumberGenerator.GetHexString(SidDigits, lowercase: true)}";
        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AccountSid"] = app.AccountSid,
            ["ApiVersion"] = "2010-04-01",
            ["Body"] = body,
            ["From"] = from,
            ["FromCity"] = "",
            ["FromCountry"] = "US",
            ["FromState"] = "CA",
            ["FromZip"] = "",
            ["MessageSid"] = sid,
            ["NumMedia"] = "0",
            ["NumSegments"] = SmsSegments.Count(body).ToString(CultureInfo.InvariantCulture),
            ["SmsMessageSid"] = sid,
            ["SmsSid"] = sid,
            ["SmsStatus"] = "received",
            ["To"] = to,
            ["ToCity"] = "",
            ["ToCountry"] = "US",
            ["ToState"] = "",
            ["ToZip"] = "",
        };
        return (sid, await webhook.Post(app.Public(Path), form, ct));
    }
}
