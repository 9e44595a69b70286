using System.Globalization;
using System.Text.RegularExpressions;
using Crm.Functions.Tests.Fixture;
using Crm.Local.Providers;

namespace Crm.Functions.Tests.Auth;

/// <summary>What a person does at the login form and with the links in their mails.</summary>
internal static partial class SignIn
{
    private static int Addresses;

    /// <summary>A client's address that no other test uses: failed logins are counted by address.</summary>
    public static string NewAddress()
    {
        var number = Interlocked.Increment(ref Addresses);
        return string.Create(CultureInfo.InvariantCulture, $"203.0.{number / 250}.{number % 250}");
    }

    public static Task<TestReply> Login(this TestApp app, string email, string password = TestOrganization.Password, string? from = null) =>
        app.Anonymous.Post("/auth/login", new { email, password }, ("X-Forwarded-For", from ?? NewAddress()));

    public static Task<TestReply> Refresh(this TestApp app, string refreshToken) => app.Anonymous.Post("/auth/refresh", new { refreshToken });

    public static async Task<Tokens> NewSession(this TestApp app, TestUser user) => Tokens.Of(app, (await app.Login(user.Email)).Expect(200));

    /// <summary>Invites somebody new; returns their address, the token of their link, and the invitation's id.</summary>
    public static async Task<(string Email, string Link, Guid Id)> Invite(this TestApp app, TestClient inviter, string role)
    {
        var email = $"invited-{Guid.NewGuid():N}@example.test";
        var id = (await inviter.Post("/auth/invite", new { email, role })).Expect(201).Data.GetProperty("id").GetGuid();
        return (email, (await app.Mails(email))[0].LinkToken(), id);
    }

    public static Task<TestReply> Accept(this TestApp app, string link, object? body = null) =>
        app.Anonymous.Post("/auth/accept-invitation", body ?? new { token = link, name = "Ann Smith", password = TestOrganization.Password });

    /// <summary>The token in the link of a mail.</summary>
    public static string LinkToken(this SentMessage mail) => Token().Match(mail.Text).Groups["token"].Value;

    [GeneratedRegex(@"\?token=(?<token>[\w-]{43})\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token();
}

/// <summary>A session as its client holds it.</summary>
internal sealed record Tokens(TestClient Client, string AccessToken, string RefreshToken)
{
    public static Tokens Of(TestApp app, TestReply reply)
    {
        var access = reply.Data.GetProperty("accessToken").GetString()!;
        return new(new TestClient(app, access), access, reply.Data.GetProperty("refreshToken").GetString()!);
    }
}
