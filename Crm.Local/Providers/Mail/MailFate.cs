namespace Crm.Local.Providers.Mail;

/// <summary>What becomes of a mail by itself, by the local part of its address, so that one can have a bounce: <c>bounce@…</c>, <c>bounce+7@…</c>.</summary>
internal static class MailFate
{
    /// <summary>An event, and how many steps after the mail was accepted it comes.</summary>
    internal readonly record struct Step(MailEvent Event, int After);

    private static readonly Step[] Arrives = [new(MailEvent.Processed, 1), new(MailEvent.Delivered, 2)];

    private static readonly Dictionary<string, Step[]> ByLocalPart = new(StringComparer.OrdinalIgnoreCase)
    {
        ["bounce"] = [new(MailEvent.Processed, 1), new(MailEvent.Bounce, 2)],
        ["block"] = [new(MailEvent.Processed, 1), new(MailEvent.Block, 2)],
        ["drop"] = [new(MailEvent.Dropped, 1)],
        ["spam"] = [.. Arrives, new(MailEvent.SpamReport, 3)],
        ["slow"] = [new(MailEvent.Processed, 1), new(MailEvent.Deferred, 2), new(MailEvent.Delivered, 20)],
    };

    public static IReadOnlyList<Step> Of(string address) => ByLocalPart.GetValueOrDefault(address.Split('@', '+')[0], Arrives);
}
