using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;

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

/// <summary>SendGrid's mail API, version 3 (<c>POST /v3/mail/send</c>).</summary>
public sealed class SendGridClient(HttpClient http, IOptions<SendGridOptions> options)
{
    /// <summary>One call's limit; the lease of a mail is longer.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private const int LongestError = 500;

    public async Task<SendOutcome> Send(OutgoingMail mail, CancellationToken ct)
    {
        if (!options.Value.IsConfigured)
            return new(SendResult.Unavailable, null, "E-mail is not set up: set SendGrid__ApiKey and SendGrid__FromEmail.");
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{options.Value.BaseUrl}/v3/mail/send")
            {
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", options.Value.ApiKey) },
                Content = JsonContent.Create(new Body(
                    [new([new(mail.To)], new Dictionary<string, string>(StringComparer.Ordinal) { ["email_id"] = mail.EmailId.ToString() })],
                    new(options.Value.FromEmail, options.Value.FromName.Length > 0 ? options.Value.FromName : null),
                    mail.Subject,
                    [new("text/plain", mail.Text), new("text/html", mail.Html)])),
            };
            using var response = await http.SendAsync(request, ct);
            if (response.IsSuccessStatusCode)
                return new(SendResult.Accepted, response.Headers.TryGetValues("X-Message-Id", out var ids) ? ids.First() : null, null);

            var text = await response.Content.ReadAsStringAsync(ct);
            var error = $"{(int)response.StatusCode}: {text[..Math.Min(text.Length, LongestError)]}";
            return new(IsPermanent(response.StatusCode) ? SendResult.Refused : SendResult.Unavailable, null, error);
        }
        catch (Exception exception) when (exception is HttpRequestException || exception is OperationCanceledException && !ct.IsCancellationRequested)
        {
            return new(SendResult.Unavailable, null, exception.Message);
        }
    }

    // A wrong key is mended by an operator, so mail waits for it; only a refusal of the mail itself is final.
    private static bool IsPermanent(HttpStatusCode status) => status is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge;

    private sealed record Body(Personalization[] Personalizations, Address From, string Subject, Content[] Content);

    private sealed record Personalization(Address[] To, [property: JsonPropertyName("custom_args")] Dictionary<string, string> CustomArgs);

    private sealed record Address(string Email, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name = null);

    private sealed record Content(string Type, string Value);
}
