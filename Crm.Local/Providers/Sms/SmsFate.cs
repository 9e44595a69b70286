namespace Crm.Local.Providers.Sms;

/// <summary>What becomes of an SMS by itself, by the end of its number: …0001 is not delivered, …0002 fails.</summary>
internal static class SmsFate
{
    private static readonly (int Code, string Message) Unreachable = (30003, "Unreachable destination handset");
    private static readonly (int Code, string Message) Unknown = (30008, "Unknown error");

    public static IReadOnlyList<string> Of(string number) =>
        number.EndsWith("0001", StringComparison.Ordinal) ? ["sent", "undelivered"]
        : number.EndsWith("0002", StringComparison.Ordinal) ? ["failed"]
        : ["sent", "delivered"];

    public static (int Code, string Message)? ErrorOf(SentMessage message) => ErrorOf(message.Status);

    public static (int Code, string Message)? ErrorOf(string status) => status switch
    {
        "undelivered" => Unreachable,
        "failed" => Unknown,
        _ => null,
    };
}
