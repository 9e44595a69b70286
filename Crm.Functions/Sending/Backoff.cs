namespace Crm.Functions.Sending;

/// <summary>How long to wait after a try that did not go out: from fifteen seconds, doubled, to half an hour.</summary>
internal static class Backoff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    /// <param name="attempts">The tries before this one.</param>
    /// <param name="asked">What the vendor asks for: never less.</param>
    public static TimeSpan Wait(int attempts, TimeSpan? asked)
    {
        var doubled = First * Math.Pow(2, Math.Min(attempts, 20));
        var wait = doubled < Longest ? doubled : Longest;
        // A part of it by chance, so that not all come back at once.
        var scattered = wait * (0.75 + Random.Shared.NextDouble() / 2);
        return asked is { } least && least > scattered ? least + First * Random.Shared.NextDouble() : scattered;
    }
}
