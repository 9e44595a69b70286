using System.Collections.Concurrent;
using System.IdentityModel.Tokens.Jwt;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Crm.Functions.Tokens;

/// <summary>What an access token says. It names a session; role and status are read from the database.</summary>
public sealed record AccessToken(Guid UserId, Guid OrganizationId, Guid SessionId, int Version, DateTimeOffset ExpiresAt);

/// <summary>Signs and reads access tokens (JWT, HS256).</summary>
public sealed class AccessTokens
{
    private const string Organization = "org";
    private const string Session = "sid";
    private const string Version = "ver";
    private const string Issuer = "crm";
    private const int RememberedTokens = 10_000;

    private readonly TimeProvider _clock;
    private readonly SigningCredentials _credentials;
    private readonly TokenValidationParameters _parameters;
    // Claims keep the names they have in the token, and times are the clock's.
    private readonly JwtSecurityTokenHandler _handler = new() { MapInboundClaims = false, SetDefaultTimesOnTokenCreation = false };

    // A signature once checked stays good; only the expiry is checked again.
    private readonly ConcurrentDictionary<string, AccessToken> _remembered = new(StringComparer.Ordinal);

    public AccessTokens(IOptions<JwtOptions> options, TimeProvider clock)
    {
        _clock = clock;
        Lifetime = TimeSpan.FromHours(options.Value.AccessTokenHours);
        var key = KeyOf(options.Value.Key);
        _credentials = new(key, SecurityAlgorithms.HmacSha256);
        _parameters = new()
        {
            ValidIssuer = Issuer,
            ValidateAudience = false,
            ValidateLifetime = false,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            IssuerSigningKeys = options.Value.PreviousKey is { Length: > 0 } previous ? [key, KeyOf(previous)] : [key],
            TryAllIssuerSigningKeys = true,
        };
    }

    public TimeSpan Lifetime { get; }

    public string Issue(Guid userId, Guid organizationId, Guid sessionId, int version)
    {
        var now = _clock.GetUtcNow();
        return _handler.CreateEncodedJwt(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            IssuedAt = now.UtcDateTime,
            Expires = (now + Lifetime).UtcDateTime,
            SigningCredentials = _credentials,
            Claims = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                [JwtRegisteredClaimNames.Sub] = userId.ToString(),
                [Organization] = organizationId.ToString(),
                [Session] = sessionId.ToString(),
                [Version] = version,
            },
        });
    }

    /// <summary>The token's content when we signed it, else null. It may have expired: see <see cref="IsExpired"/>.</summary>
    public async ValueTask<AccessToken?> Read(string token)
    {
        if (_remembered.TryGetValue(token, out var known))
            return known;
        var result = await _handler.ValidateTokenAsync(token, _parameters);
        if (!result.IsValid || Parse((JwtSecurityToken)result.SecurityToken) is not { } read)
            return null;
        if (_remembered.Count >= RememberedTokens)
            _remembered.Clear();
        return _remembered[token] = read;
    }

    public bool IsExpired(AccessToken token) => token.ExpiresAt <= _clock.GetUtcNow();

    private static AccessToken? Parse(JwtSecurityToken token) =>
        Guid.TryParse(token.Subject, out var user)
        && token.Payload.TryGetValue(Organization, out var organization) && Guid.TryParse(organization as string, out var organizationId)
        && token.Payload.TryGetValue(Session, out var session) && Guid.TryParse(session as string, out var sessionId)
        && token.Payload.TryGetValue(Version, out var given) && given is int version
        && token.ValidTo > DateTime.MinValue
            ? new(user, organizationId, sessionId, version, new DateTimeOffset(token.ValidTo, TimeSpan.Zero))
            : null;

    private static SymmetricSecurityKey KeyOf(string text) => new(Encoding.UTF8.GetBytes(text));
}
