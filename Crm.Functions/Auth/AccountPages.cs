namespace Crm.Functions.Auth;

/// <summary>The small pages behind the links in mails, for installations without a frontend of their own (no <c>FRONTEND_URL</c>).</summary>
public static class AccountPages
{
    private static readonly Lazy<string> AcceptInvitationPage = new(() => Read("accept-invitation.html"));
    private static readonly Lazy<string> ResetPasswordPage = new(() => Read("reset-password.html"));

    [Function("AcceptInvitationPage"), ExcludeFromDescription, AllowAnonymous]
    public static IResult AcceptInvitation(
        [HttpTrigger(Anonymous, "get", Route = "accept-invitation")] HttpContext context) => HtmlPage.Answer(context, AcceptInvitationPage.Value);

    [Function("ResetPasswordPage"), ExcludeFromDescription, AllowAnonymous]
    public static IResult ResetPassword(
        [HttpTrigger(Anonymous, "get", Route = "reset-password")] HttpContext context) => HtmlPage.Answer(context, ResetPasswordPage.Value);

    private static string Read(string name) =>
        HtmlPage.Read("Auth", name).Replace("/*page.js*/", HtmlPage.Text("Auth", "page.js"), StringComparison.Ordinal);
}
