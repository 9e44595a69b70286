using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Tokens;

/// <summary>
/// Secrets that must be read again, such as those that sign webhooks: sealed with a key that is derived from the signing key (AES-256-GCM), each for the row
/// it belongs to. The key before the last rotation opens them too.
/// </summary>
public sealed class SealedSecrets(IOptions<JwtOptions> options)
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    // The current key first.
    private readonly byte[][] _keys =
        [.. new[] { options.Value.Key, options.Value.PreviousKey }.Where(key => !string.IsNullOrEmpty(key)).Select(key => Key(key!))];

    public byte[] Seal(string secret, Guid row)
    {
        var plain = Encoding.UTF8.GetBytes(secret);
        var box = new byte[NonceSize + TagSize + plain.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceSize));
        using var aes = new AesGcm(_keys[0], TagSize);
        aes.Encrypt(box.AsSpan(0, NonceSize), plain, box.AsSpan(NonceSize + TagSize), box.AsSpan(NonceSize, TagSize), row.ToByteArray());
        return box;
    }

    /// <summary>The secret, and whether it is sealed with the key of before; null when neither key opens it.</summary>
    public (string Secret, bool IsOld)? Open(byte[] box, Guid row)
    {
        for (var i = 0; i < _keys.Length; i++)
        {
            var plain = new byte[box.Length - NonceSize - TagSize];
            using var aes = new AesGcm(_keys[i], TagSize);
            try
            {
                aes.Decrypt(box.AsSpan(0, NonceSize), box.AsSpan(NonceSize + TagSize), box.AsSpan(NonceSize, TagSize), plain, row.ToByteArray());
                return (Encoding.UTF8.GetString(plain), i > 0);
            }
            catch (AuthenticationTagMismatchException)
            {
                // The other key's, or nobody's.
            }
        }

        return null;
    }

    private static byte[] Key(string key) => HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key), 32, info: "sealed secrets"u8.ToArray());
}
