using System.Net;

namespace Crm.Functions.Tracking;

/// <summary>What recipients see.</summary>
internal static class RecipientPages
{
    private static readonly Lazy<string> UnsubscribePage = new(() => HtmlPage.Read("Tracking", "unsubscribe.html"));
    private static readonly Lazy<string> MessagePage = new(() => HtmlPage.Read("Tracking", "message.html"));

    /// <summary>Asks, and does nothing: machines follow links.</summary>
    public static IResult Unsubscribe(HttpContext context, Recipient recipient) => HtmlPage.Answer(
        context, Fill(UnsubscribePage.Value, ("messages", Messages(recipient)), ("organization", recipient.OrganizationName)));

    public static IResult Unsubscribed(HttpContext context, Recipient recipient) =>
        Message(context, "You are unsubscribed", $"{recipient.OrganizationName} sends you no more {Messages(recipient)}.", StatusCodes.Status200OK);

    public static IResult Unknown(HttpContext context) => Message(
        context, "This link does not work", "It may be cut off: please open it in the message again.", StatusCodes.Status404NotFound);

    private static IResult Message(HttpContext context, string title, string text, int status) =>
        HtmlPage.Answer(context, Fill(MessagePage.Value, ("title", title), ("text", text)), status);

    private static string Messages(Recipient recipient) => recipient.Channel == "sms" ? "text messages" : "newsletters";

    private static string Fill(string page, params ReadOnlySpan<(string Name, string Text)> texts)
    {
        foreach (var (name, text) in texts)
            page = page.Replace($"{{{{{name}}}}}", WebUtility.HtmlEncode(text), StringComparison.Ordinal);
        return page;
    }
}
