using System.Security.Claims;
using System.Text.Encodings.Web;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Auth;

/// <summary>Authenticates <c>Authorization: Bearer</c>, and tickets where a function takes them, and answers refusals in the envelope.</summary>
public sealed class BearerAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AccessTokens tokens, Callers callers)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Bearer";
    private const string Prefix = "Bearer ";
    private bool _expired;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return await ByTicket();
        if (await tokens.Read(header[Prefix.Length..].Trim()) is not { } token)
            return AuthenticateResult.Fail("The token is not ours.");
        if (tokens.IsExpired(token))
        {
            _expired = true;
            return AuthenticateResult.Fail("The token has expired.");
        }

        if (await callers.Find(token, Context.RequestAborted) is not { } caller)
            return AuthenticateResult.Fail("The session has ended.");

        return SignedIn(caller);
    }

    private async Task<AuthenticateResult> ByTicket()
    {
        if (Context.GetEndpoint()?.Metadata.GetMetadata<TakesTicketAttribute>() is null
            || Request.Query[DownloadTickets.Parameter].ToString() is not { Length: > 0 } ticket)
            return AuthenticateResult.NoResult();
        var db = Context.RequestServices.GetRequiredService<Db>();
        if (await DownloadTickets.Use(db, callers, ticket, Context.RequestAborted) is not { } used)
            return AuthenticateResult.Fail("The ticket is not good any more.");
        Context.Features.Set(used.Ticket);
        return SignedIn(used.Caller);
    }

    private AuthenticateResult SignedIn(Caller caller)
    {
        Context.Features.Set(caller with { Permission = Context.GetEndpoint()?.Metadata.GetMetadata<AllowAttribute>()?.Permission });
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Role, caller.Role.ToString())], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = SchemeName;
        return Context.Refuse(_expired ? Errors.TokenExpired : Errors.Unauthorized);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Context.Refuse(Errors.Forbidden);
}
