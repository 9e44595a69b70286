using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using SendGrid;
using SendGrid.Helpers.Mail;

namespace Crm.Shared.Integrations.SendGrid;

/// <summary>A mail to one recipient. <paramref name="EmailId"/> comes back in the provider's events as custom argument <c>email_id</c>.</summary>
public sealed record OutgoingMail(string To, string Subject, string Text, string Html, Guid EmailId);

public enum SendResult
{
    /// <summary>The provider took the mail.</summary>
    Accepted,

    /// <summary>The provider will never take this mail.</summary>
    Refused,

    /// <summary>The provider is down, busy, not set up, or did not answer in time: unknown whether it took the mail.</summary>
    Unavailable,
}

public sealed record SendOutcome(SendResult Result, string? ProviderId, string? Error);

/// <summary>Mail through SendGrid. One for the whole app: it holds the connections.</summary>
public sealed class SendGridMail : IDisposable
{
    /// <summary>One call's limit; the lease of a mail, and that of a call, is longer.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(25);
    private const int LongestError = 500;
    private const string NotSetUp = "E-mail is not set up: set SendGrid__ApiKey and SendGrid__FromEmail.";

    private readonly SendGridOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;

    /// <summary>Null when e-mail is not set up.</summary>
    private readonly SendGridClient? _client;

    public SendGridMail(IOptions<SendGridOptions> options, TimeProvider clock)
    {
        _options = options.Value;
        _clock = clock;
        // Our own, also because the one the SDK would make repeats calls by itself.
        _http = VendorHttp.Client(Timeout, clock);
        _client = _options.IsConfigured ? new(_http, new SendGridClientOptions { ApiKey = _options.ApiKey, Host = _options.BaseUrl }) : null;
    }

    /// <summary>Sends a transactional mail.</summary>
    public async Task<SendOutcome> Send(OutgoingMail mail, CancellationToken ct)
    {
        var outcome = await Call(client => client.SendEmailAsync(Message(mail), ct), ct);
        var result = outcome.Result switch
        {
            CallResult.Accepted => SendResult.Accepted,
            CallResult.Refused => SendResult.Refused,
            CallResult.Throttled or CallResult.Unavailable or CallResult.Unknown => SendResult.Unavailable,
            _ => throw new InvalidOperationException($"{outcome.Result}"),
        };
        return new(result, outcome.ProviderId, outcome.Error);
    }

    /// <summary>Sends mails to up to a thousand recipients in one call: all of them, or none.</summary>
    public Task<CallOutcome> SendAll(MailCall mail, CancellationToken ct) => Call(
        client => mail.Files.Count > 0
            ? SendWithFiles(client, mail, ct)
            : client.RequestAsync(BaseClient.Method.POST, MailCallBody.Of(mail), urlPath: "mail/send", cancellationToken: ct),
        ct);

    public void Dispose() => _http.Dispose();

    private Task<CallOutcome> Call(Func<SendGridClient, Task<Response>> call, CancellationToken ct, [CallerMemberName] string operation = "") =>
        ProviderCall.Observe("sendgrid", operation, () => Attempt(call, ct), static outcome => outcome.Result);

    private async Task<CallOutcome> Attempt(Func<SendGridClient, Task<Response>> call, CancellationToken ct)
    {
        if (_client is null)
            return new(CallResult.Unavailable, Error: NotSetUp);
        try
        {
            var response = await call(_client);
            if (response.IsSuccessStatusCode)
                return new(CallResult.Accepted, response.Headers.TryGetValues("X-Message-Id", out var ids) ? ids.First() : null);

            var text = await response.Body.ReadAsStringAsync(ct);
            var error = $"{(int)response.StatusCode}: {text[..Math.Min(text.Length, LongestError)]}";
            return new(Result(response.StatusCode), Error: error) { RetryAfter = Wait(response), Recipient = SendGridErrors.Recipient(text) };
        }
        catch (Exception exception) when (!ct.IsCancellationRequested && VendorHttp.Outcome(exception) is not null)
        {
            return VendorHttp.Outcome(exception)!;
        }
    }

    private async Task<Response> SendWithFiles(SendGridClient client, MailCall mail, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_options.BaseUrl.TrimEnd('/')}/{client.Version}/mail/send");
        request.Headers.Authorization = new("Bearer", _options.ApiKey);
        request.Content = new MailCallContent(mail);
        return await client.MakeRequest(request, ct);
    }

    private SendGridMessage Message(OutgoingMail mail)
    {
        var from = new EmailAddress(_options.FromEmail, _options.FromName.Length > 0 ? _options.FromName : null);
        var message = MailHelper.CreateSingleEmail(from, new(mail.To), mail.Subject, mail.Text, mail.Html);
        message.AddCustomArg("email_id", mail.EmailId.ToString());
        return message;
    }

    // A wrong key is mended by an operator, so mail waits for it; only a refusal of the mail itself is final.
    private static CallResult Result(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge => CallResult.Refused,
        HttpStatusCode.TooManyRequests => CallResult.Throttled,
        // Of a proxy, which does not know what became of the call behind it.
        HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout => CallResult.Unknown,
        _ => CallResult.Unavailable,
    };

    // Its limits say when they begin anew.
    private TimeSpan? Wait(Response response)
    {
        if (VendorHttp.RetryAfter(response.Headers, _clock.GetUtcNow()) is { } wait)
            return wait;
        return response.Headers.TryGetValues("X-RateLimit-Reset", out var resets)
            && long.TryParse(resets.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var reset) && reset < uint.MaxValue
            && DateTimeOffset.FromUnixTimeSeconds(reset) - _clock.GetUtcNow() is { Ticks: > 0 } until
                ? until
                : null;
    }
}
