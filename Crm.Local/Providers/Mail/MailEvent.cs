namespace Crm.Local.Providers.Mail;

/// <summary>What the vendor tells of a mail.</summary>
internal enum MailEvent
{
    Processed,
    Delivered,
    Deferred,
    Bounce,
    Block,
    Dropped,
    Open,
    Click,
    SpamReport,
    Unsubscribe,
}

/// <summary>The vendor's words for them.</summary>
internal static class MailEventWords
{
    private static readonly Dictionary<MailEvent, (string Event, (string Name, object Value)[] Facts)> Words = new()
    {
        [MailEvent.Processed] = ("processed", []),
        [MailEvent.Delivered] = ("delivered", [("response", "250 2.0.0 OK"), ("ip", "167.89.0.1"), ("tls", 1)]),
        [MailEvent.Deferred] = ("deferred", [("response", "451 4.7.1 Please try again later"), ("attempt", "1")]),
        [MailEvent.Bounce] = ("bounce",
        [
            ("reason", "550 5.1.1 The email account that you tried to reach does not exist."), ("status", "5.1.1"), ("type", "bounce"),
            ("bounce_classification", "Invalid Address"), ("ip", "167.89.0.1"), ("tls", 1),
        ]),
        [MailEvent.Block] = ("bounce",
        [
            ("reason", "554 5.7.1 The message was blocked by the receiver's policy."), ("status", "5.7.1"), ("type", "blocked"),
            ("bounce_classification", "Content"), ("ip", "167.89.0.1"), ("tls", 1),
        ]),
        [MailEvent.Dropped] = ("dropped", [("reason", "Bounced Address"), ("status", "5.0.0")]),
        [MailEvent.Open] = ("open", [("useragent", Reader.Browser), ("ip", "203.0.113.7"), ("sg_machine_open", false), ("sg_content_type", "html")]),
        [MailEvent.Click] = ("click", [("useragent", Reader.Browser), ("ip", "203.0.113.7")]),
        [MailEvent.SpamReport] = ("spamreport", []),
        [MailEvent.Unsubscribe] = ("unsubscribe", []),
    };

    public static string Word(this MailEvent kind) => Words[kind].Event;

    public static IReadOnlyList<(string Name, object Value)> Facts(this MailEvent kind) => Words[kind].Facts;
}
