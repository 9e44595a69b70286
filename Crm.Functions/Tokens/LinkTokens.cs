using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Tokens;

/// <summary>
/// Tokens in links, 256 bits. A token is derived from the signing key and the row it belongs to, so that a mail's link can be made
/// when the mail is sent, and again when it is sent again, while the database holds nothing but the token's SHA-256.
/// </summary>
public sealed class LinkTokens(IOptions<JwtOptions> options)
{
    private readonly byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(options.Value.Key), 32, info: "link tokens"u8.ToArray());

    public string Invitation(Guid invitationId, int issue) => Derive($"invitation:{invitationId}:{issue}");

    public string PasswordReset(Guid resetId) => Derive($"password-reset:{resetId}");

    /// <summary>A token that belongs to nothing that could derive it again.</summary>
    public static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What the database keeps of a token.</summary>
    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private string Derive(string subject) => Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(subject)));
}
