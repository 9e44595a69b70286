using Microsoft.Extensions.Options;
using Twilio.Clients;
using Twilio.Exceptions;
using Twilio.Http;
using Twilio.Rest.Api.V2010.Account;

namespace Crm.Shared.Integrations.Twilio;

/// <summary>An SMS. The vendor tells <paramref name="StatusCallback"/> what becomes of it.</summary>
/// <param name="To">E.164.</param>
/// <param name="From">The sender's number, E.164; null for the app's own.</param>
/// <param name="Text">Up to ten segments.</param>
/// <param name="StatusCallback">An address that says which message it is.</param>
public sealed record OutgoingSms(string To, string? From, string Text, Uri StatusCallback);

/// <summary>SMS through Twilio. One for the whole app: it holds the connections.</summary>
public sealed class TwilioSms : IDisposable
{
    /// <summary>One call's limit; the lease of a call is longer.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    private const string NotSetUp = "SMS are not set up: set Twilio__AccountSid, Twilio__AuthToken and Twilio__From.";
    private const string MessagingService = "MG";

    /// <summary>The recipient wrote STOP.</summary>
    private const int Stopped = 21610;

    /// <summary>Others that are about the recipient: no such number, no mobile, a country that is not allowed, not reached from the sender's number.</summary>
    private static readonly int[] OfRecipient = [21211, 21214, 21217, 21265, 21408, 21421, 21601, Stopped, 21612, 21614, 21635];

    private readonly TwilioOptions _options;
    private readonly System.Net.Http.HttpClient _http;

    /// <summary>Null when SMS are not set up.</summary>
    private readonly TwilioRestClient? _client;

    public TwilioSms(IOptions<TwilioOptions> options, TimeProvider clock)
    {
        _options = options.Value;
        _http = VendorHttp.Client(Timeout, clock, new TwilioAddress(new Uri(_options.BaseUrl), clock));
        _client = _options.IsConfigured
            ? new(_options.AccountSid, _options.AuthToken, accountSid: null, region: null, httpClient: new SystemNetHttpClient(_http), edge: null)
            : null;
    }

    public Task<CallOutcome> Send(OutgoingSms sms, CancellationToken ct) =>
        ProviderCall.Observe("twilio", nameof(Send), () => Attempt(sms, ct), static outcome => outcome.Result);

    public void Dispose() => _http.Dispose();

    private async Task<CallOutcome> Attempt(OutgoingSms sms, CancellationToken ct)
    {
        if (_client is null)
            return new(CallResult.Unavailable, Error: NotSetUp);
        // The SDK gives up by its client's timeout alone.
        ct.ThrowIfCancellationRequested();
        try
        {
            var message = await MessageResource.CreateAsync(Message(sms), _client);
            return new(CallResult.Accepted, message.Sid);
        }
        catch (ApiException exception)
        {
            return Outcome(exception);
        }
        catch (ApiConnectionException exception)
        {
            return exception.InnerException is ThrottledException throttled
                ? new(CallResult.Throttled, Error: throttled.Message) { RetryAfter = throttled.RetryAfter }
                : VendorHttp.Outcome(exception.InnerException ?? exception) ?? new(CallResult.Unknown, Error: exception.Message);
        }
    }

    private CreateMessageOptions Message(OutgoingSms sms)
    {
        var message = new CreateMessageOptions(new global::Twilio.Types.PhoneNumber(sms.To)) { Body = sms.Text, StatusCallback = sms.StatusCallback };
        var from = sms.From ?? _options.From;
        if (from.StartsWith(MessagingService, StringComparison.Ordinal))
            message.MessagingServiceSid = from;
        else
            message.From = new global::Twilio.Types.PhoneNumber(from);
        return message;
    }

    // As with mail, what an operator can mend waits for it. An answer that cannot be read has no status, and is none.
    private static CallResult Result(int status) => status switch
    {
        400 or 413 or 422 => CallResult.Refused,
        >= 300 => CallResult.Unavailable,
        _ => CallResult.Unknown,
    };

    private static CallOutcome Outcome(ApiException exception) =>
        new(Result(exception.Status), Error: $"{exception.Status}: {exception.Code} {exception.Message}")
        {
            Recipient = OfRecipient.Contains(exception.Code) ? 0 : null,
            Suppression = exception.Code == Stopped ? "stopped" : null,
        };
}
