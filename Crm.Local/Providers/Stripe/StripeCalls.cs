using System.Text.Json.Nodes;

namespace Crm.Local.Providers.Stripe;

/// <summary>
/// What was answered to which idempotency key, as the vendor keeps it: the same call gets the same answer, another one with the key is refused, and so is a
/// second one while the first is under way.
/// </summary>
internal sealed class StripeCalls(StripeObjects objects)
{
    private readonly HashSet<string> _running = new(StringComparer.Ordinal);

    /// <param name="Status">200, or an error's.</param>
    /// <param name="Body">JSON.</param>
    /// <param name="IsReplayed">Whether it is the answer of an earlier call.</param>
    public sealed record Answer(int Status, string Body, bool IsReplayed = false)
    {
        public static Answer Of(StripeError error) => new(error.Status, System.Text.Json.JsonSerializer.Serialize(error.Body));

        public static Answer Of(JsonObject found) => new(StatusCodes.Status200OK, found.ToJsonString());
    }

    /// <summary>Runs a call, or answers as before. Nothing else changes the account meanwhile.</summary>
    public Answer Once(string? key, string call, Func<Answer> run)
    {
        lock (objects.Lock)
        {
            if (string.IsNullOrEmpty(key))
                return run();
            var id = $"key_{key}";
            if (objects.Find(id) is { } kept)
                return (string)kept["call"]! == call
                    ? new((int)kept["status"]!, (string)kept["body"]!, IsReplayed: true)
                    : Answer.Of(new StripeError(
                        StatusCodes.Status400BadRequest, "idempotency_error",
                        "Keys for idempotent requests can only be used with the same parameters they were first used with."));
            var answer = run();
            // What was refused for its form was not begun, and its key is free.
            if (answer.Status is StatusCodes.Status200OK or StatusCodes.Status402PaymentRequired)
                objects.Save(new JsonObject { ["id"] = id, ["object"] = "key", ["call"] = call, ["status"] = answer.Status, ["body"] = answer.Body });
            return answer;
        }
    }

    /// <summary>Marks a key as in use until it is disposed; null when it is already.</summary>
    public IDisposable? Enter(string? key)
    {
        if (string.IsNullOrEmpty(key))
            return new Leaving(() => { });
        lock (objects.Lock)
        {
            if (!_running.Add(key))
                return null;
        }

        return new Leaving(() =>
        {
            lock (objects.Lock)
                _running.Remove(key);
        });
    }

    private sealed class Leaving(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }
}
