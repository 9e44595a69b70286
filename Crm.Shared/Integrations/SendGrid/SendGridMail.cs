using System.Net;
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
    /// <summary>One call's limit; the lease of a mail is longer.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    /// <summary>Connections are made anew so that a change of the provider's address is noticed.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);
    private const int LongestError = 500;

    private readonly SendGridOptions _options;
    private readonly HttpClient _http;

    /// <summary>Null when e-mail is not set up.</summary>
    private readonly SendGridClient? _client;

    public SendGridMail(IOptions<SendGridOptions> options)
    {
        _options = options.Value;
        // Our own, also because the one the SDK would make repeats calls by itself.
        _http = new(new SocketsHttpHandler { PooledConnectionLifetime = ConnectionLifetime }) { Timeout = Timeout };
        _client = _options.IsConfigured ? new(_http, new SendGridClientOptions { ApiKey = _options.ApiKey, Host = _options.BaseUrl }) : null;
    }

    public async Task<SendOutcome> Send(OutgoingMail mail, CancellationToken ct)
    {
        if (_client is null)
            return new(SendResult.Unavailable, null, "E-mail is not set up: set SendGrid__ApiKey and SendGrid__FromEmail.");
        try
        {
            var response = await _client.SendEmailAsync(Message(mail), ct);
            if (response.IsSuccessStatusCode)
                return new(SendResult.Accepted, response.Headers.TryGetValues("X-Message-Id", out var ids) ? ids.First() : null, null);

            var text = await response.Body.ReadAsStringAsync(ct);
            var error = $"{(int)response.StatusCode}: {text[..Math.Min(text.Length, LongestError)]}";
            return new(IsPermanent(response.StatusCode) ? SendResult.Refused : SendResult.Unavailable, null, error);
        }
        catch (Exception exception) when (exception is HttpRequestException || exception is OperationCanceledException && !ct.IsCancellationRequested)
        {
            return new(SendResult.Unavailable, null, exception.Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private SendGridMessage Message(OutgoingMail mail)
    {
        var from = new EmailAddress(_options.FromEmail, _options.FromName.Length > 0 ? _options.FromName : null);
        var message = MailHelper.CreateSingleEmail(from, new(mail.To), mail.Subject, mail.Text, mail.Html);
        message.AddCustomArg("email_id", mail.EmailId.ToString());
        return message;
    }

    // A wrong key is mended by an operator, so mail waits for it; only a refusal of the mail itself is final.
    private static bool IsPermanent(HttpStatusCode status) => status is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge;
}
