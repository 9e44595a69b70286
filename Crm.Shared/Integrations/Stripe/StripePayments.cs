using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Stripe;

namespace Crm.Shared.Integrations.Stripe;

/// <summary>What Stripe answered: <paramref name="Value"/> when it took the call, else why not.</summary>
public sealed record StripeAnswer<T>(CallResult Result, T? Value = default, string? Error = null)
{
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>A payment to be asked for.</summary>
/// <param name="Key">Of two calls with one key the second gets the answer of the first.</param>
/// <param name="Amount">In major units.</param>
public sealed record NewIntent(Guid Key, decimal Amount, string Currency, string Description, IReadOnlyDictionary<string, string> Metadata);

/// <summary>What is to be given back.</summary>
/// <param name="Key">As with a payment.</param>
/// <param name="IntentId">What was paid.</param>
/// <param name="Amount">In major units.</param>
public sealed record NewRefund(Guid Key, string IntentId, decimal Amount, string Currency, IReadOnlyDictionary<string, string> Metadata);

/// <summary>
/// Cards through Stripe. One for the whole app: it holds the connections. A call without an answer is repeated twice, with its key: Stripe does once what comes
/// twice.
/// </summary>
public sealed class StripePayments : IDisposable
{
    /// <summary>One attempt's limit.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);
    private const int Retries = 2;

    /// <summary>No call, with all its attempts and the pauses between them, takes longer: what was begun before has ended.</summary>
    public static readonly TimeSpan LongestCall = TimeSpan.FromMinutes(2);

    private const string NotSetUp = "Online payments are not set up: set Stripe__SecretKey.";

    private readonly TimeProvider _clock;
    private readonly System.Net.Http.HttpClient _http;

    /// <summary>Null when payments are not set up.</summary>
    private readonly StripeClient? _client;

    public StripePayments(IOptions<StripeOptions> options, TimeProvider clock)
    {
        _clock = clock;
        _http = VendorHttp.Client(Timeout, clock);
        _client = options.Value.IsConfigured
            ? new(new StripeClientOptions
            {
                ApiKey = options.Value.SecretKey,
                ApiBase = options.Value.BaseUrl.TrimEnd('/'),
                HttpClient = new SystemNetHttpClient(_http, Retries, enableTelemetry: false),
            })
            : null;
        PublishableKey = options.Value.PublishableKey;
    }

    public bool IsConfigured => _client is not null;

    /// <summary>What a browser needs to know.</summary>
    public string PublishableKey { get; }

    public Task<StripeAnswer<CardIntent>> Create(NewIntent intent, CancellationToken ct) => Call(
        async client => CardIntent.Of(await client.V1.PaymentIntents.CreateAsync(
            new PaymentIntentCreateOptions
            {
                Amount = MinorUnits.Of(intent.Amount, intent.Currency),
                Currency = intent.Currency.ToLowerInvariant(),
                Description = intent.Description,
                AutomaticPaymentMethods = new() { Enabled = true },
                Metadata = new(intent.Metadata),
            },
            Key(intent.Key), ct)),
        ct);

    /// <summary>How a payment stands now.</summary>
    public Task<StripeAnswer<CardIntent>> Find(string id, CancellationToken ct) => Call(
        async client => CardIntent.Of(await client.V1.PaymentIntents.GetAsync(id, new() { Expand = ["latest_charge"] }, null, ct)), ct);

    /// <summary>Has nobody pay it any more. Stripe refuses it once it is paid, or being paid.</summary>
    public Task<StripeAnswer<CardIntent>> Cancel(string id, CancellationToken ct) => Call(
        async client => CardIntent.Of(await client.V1.PaymentIntents.CancelAsync(id, null, null, ct)), ct);

    public Task<StripeAnswer<CardRefund>> Refund(NewRefund refund, CancellationToken ct) => Call(
        async client => CardRefund.Of(await client.V1.Refunds.CreateAsync(
            new RefundCreateOptions
            {
                PaymentIntent = refund.IntentId,
                Amount = MinorUnits.Of(refund.Amount, refund.Currency),
                Metadata = new(refund.Metadata),
            },
            Key(refund.Key), ct)),
        ct);

    /// <summary>All that was given back of a payment.</summary>
    public Task<StripeAnswer<IReadOnlyList<CardRefund>>> Refunds(string intentId, CancellationToken ct) => Call<IReadOnlyList<CardRefund>>(
        async client =>
        {
            var refunds = new List<CardRefund>();
            await foreach (var refund in client.V1.Refunds.ListAutoPagingAsync(new() { PaymentIntent = intentId, Limit = 100 }, null, ct))
                refunds.Add(CardRefund.Of(refund));
            return refunds;
        },
        ct);

    public void Dispose() => _http.Dispose();

    private static RequestOptions Key(Guid key) => new() { IdempotencyKey = key.ToString() };

    private Task<StripeAnswer<T>> Call<T>(Func<StripeClient, Task<T>> call, CancellationToken ct, [CallerMemberName] string operation = "") =>
        ProviderCall.Observe("stripe", operation, () => Attempt(call, ct), static answer => answer.Result);

    private async Task<StripeAnswer<T>> Attempt<T>(Func<StripeClient, Task<T>> call, CancellationToken ct)
    {
        if (_client is null)
            return new(CallResult.Unavailable, Error: NotSetUp);
        try
        {
            return new(CallResult.Accepted, await call(_client));
        }
        catch (StripeException exception)
        {
            var wait = exception.StripeResponse is { } answer ? VendorHttp.RetryAfter(answer.Headers, _clock.GetUtcNow()) : null;
            return new(Result((int)exception.HttpStatusCode), Error: exception.StripeError?.Message ?? exception.Message) { RetryAfter = wait };
        }
        catch (Exception exception) when (exception is NullReferenceException or JsonException)
        {
            // An answer that holds no such object: the SDK itself does not expect one.
            return new(CallResult.Unknown, Error: "Stripe's answer could not be read.");
        }
        catch (Exception exception) when (!ct.IsCancellationRequested && VendorHttp.Outcome(exception) is not null)
        {
            // Not reached by the last attempt, it may still have been by one before.
            var outcome = VendorHttp.Outcome(exception)!;
            return new(CallResult.Unknown, Error: outcome.Error) { RetryAfter = outcome.RetryAfter };
        }
    }

    // What an operator can mend (a key that was revoked) is no refusal of this payment.
    private static CallResult Result(int status) => status switch
    {
        400 or 402 or 404 => CallResult.Refused,
        401 or 403 => CallResult.Unavailable,
        429 => CallResult.Throttled,
        _ => CallResult.Unknown,
    };
}
