using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations.SendGrid;
using Crm.Shared.Integrations.Twilio;

namespace Crm.Functions.Tests.Webhooks;

/// <summary>Posts as the vendors do.</summary>
internal static class Posts
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static Task<TestReply> MailEvents(this TestApp app, params object[] events) => app.MailEvents(JsonSerializer.Serialize(events) + "\r\n");

    public static Task<TestReply> MailEvents(this TestApp app, string body, string prefix = "") => app.Anonymous.Send(
        HttpMethod.Post, prefix + "/webhooks/sendgrid/events", Content(body, "application/json"),
        (EventSignature.Header, SignedVendors.SignMail(Encoding.UTF8.GetBytes(body))), (EventSignature.TimestampHeader, SignedVendors.Timestamp));

    public static Task<TestReply> Sms(this TestApp app, string path, params (string Name, string Value)[] fields)
    {
        var form = string.Join('&', fields.Select(field => $"{Uri.EscapeDataString(field.Name)}={Uri.EscapeDataString(field.Value)}"));
        return app.Anonymous.Send(
            HttpMethod.Post, path, Content(form, "application/x-www-form-urlencoded"), (RequestSignature.Header, SignedVendors.SignSms(path, form)));
    }

    public static Task<TestReply> Mail(this TestApp app, MultipartFormDataContent form, string secret = SignedVendors.InboundSecret) =>
        app.Anonymous.Post($"/webhooks/sendgrid/inbound/{secret}", form);

    /// <summary>The event with this id of its vendor's, once it is processed or parked.</summary>
    public static async Task<(Guid Id, string Status, string Error)> Processed(this TestApp app, string eventId)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (await app.Scalar<long>("select count(*) from provider_events where event_id = $1 and status <> 'received'", eventId) == 0)
        {
            Assert.False(patience.IsCancellationRequested, $"The event {eventId} was not processed.");
            await Task.Delay(30);
        }

        var found = await app.Scalar<string>(
            "select concat_ws('|', id, status, coalesce(error, '')) from provider_events where event_id = $1", eventId);
        var parts = found.Split('|', 3);
        return (Guid.Parse(parts[0]), parts[1], parts[2]);
    }

    private static ByteArrayContent Content(string body, string type) =>
        new(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
}
