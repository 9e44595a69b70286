using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Tokens;

/// <summary>
/// Tokens in links, 256 bits. A token is derived from the signing key and the row it belongs to, so that a mail's link can be
/// made when the mail is sent, and again when it is sent again, while the database holds nothing but the token's SHA-256. Who
/// keeps that hash gets the token it belongs to, although the key may have changed since: the one before it is tried too.
/// </summary>
public sealed class LinkTokens(IOptions<JwtOptions> options)
{
    // The current key first.
    private readonly byte[][] _keys =
        [.. new[] { options.Value.Key, options.Value.PreviousKey }.Where(key => !string.IsNullOrEmpty(key)).Select(key => Key(key!))];

    public string Invitation(Guid invitationId, int issue, byte[]? hash = null) => Derive($"invitation:{invitationId}:{issue}", hash);

    public string PasswordReset(Guid resetId, byte[]? hash = null) => Derive($"password-reset:{resetId}", hash);

    public string Export(Guid exportId, byte[]? hash = null) => Derive($"export:{exportId}", hash);

    public string Invoice(Guid invoiceId, byte[]? hash = null) => Derive($"invoice:{invoiceId}", hash);

    /// <summary>
    /// The refresh token that comes after another: the same however often it is asked for, and the one of an earlier key where only that was kept.
    /// </summary>
    public string RefreshAfter(string refreshToken, byte[]? hash = null) => Derive($"refresh-after:{refreshToken}", hash);

    /// <summary>The hashes that <see cref="RefreshAfter"/> may have been kept as: one a key.</summary>
    public byte[][] HashesAfter(string refreshToken) => Array.ConvertAll(Candidates($"refresh-after:{refreshToken}"), Hash);

    /// <summary>A token that belongs to nothing that could derive it again.</summary>
    public static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What the database keeps of a token.</summary>
    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private string Derive(string subject, byte[]? hash)
    {
        var tokens = Candidates(subject);
        return hash is null ? tokens[0] : Array.Find(tokens, token => Hash(token).AsSpan().SequenceEqual(hash)) ?? tokens[0];
    }

    private string[] Candidates(string subject) =>
        Array.ConvertAll(_keys, key => Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(subject))));

    private static byte[] Key(string key) => HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key), 32, info: "link tokens"u8.ToArray());
}
