namespace Crm.Local.Providers;

/// <summary>How far a message got, in the vendors' words. What is told late takes nothing back.</summary>
internal static class MessageStatus
{
    private static readonly Dictionary<string, int> Ranks = new(StringComparer.Ordinal)
    {
        [""] = 0,
        ["accepted"] = 0,
        ["queued"] = 0,
        ["processed"] = 1,
        ["sent"] = 1,
        ["deferred"] = 2,
        ["delivered"] = 3,
        ["open"] = 4,
        ["click"] = 5,
    };

    /// <summary>Bounces, complaints and the like are beyond all others.</summary>
    private const int Last = 6;

    public static string Further(string known, string told) => Rank(told) >= Rank(known) ? told : known;

    private static int Rank(string status) => Ranks.GetValueOrDefault(status, Last);
}
