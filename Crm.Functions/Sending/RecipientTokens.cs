using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Crm.Functions.Sending;

/// <summary>
/// What stands in a campaign's links for its recipient: which delivery, signed with the campaign's own key. It holds no address, and says nothing to
/// who has no key; a token for one purpose is none for another.
/// </summary>
public static class RecipientTokens
{
    /// <summary>Of the pixel and the links that are followed.</summary>
    public const string Track = "track";

    public const string Unsubscribe = "unsubscribe";

    private const int IdBytes = 16;
    private const int MacBytes = 8;
    private const int Bytes = IdBytes + IdBytes + MacBytes;

    /// <summary>How long each token is.</summary>
    public static readonly int Length = Base64Url.GetEncodedLength(Bytes);

    public static string Of(byte[] key, Guid organizationId, Guid deliveryId, string purpose)
    {
        Span<byte> token = stackalloc byte[Bytes];
        organizationId.TryWriteBytes(token, bigEndian: true, out _);
        deliveryId.TryWriteBytes(token[IdBytes..], bigEndian: true, out _);
        Mac(key, deliveryId, purpose, token[(IdBytes + IdBytes)..]);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>What a token says; whether it may be believed <see cref="Verify"/> knows, which needs the key of the delivery's campaign.</summary>
    public static bool TryParse(string text, out (Guid Organization, Guid Delivery, ReadOnlyMemory<byte> Mac) token)
    {
        token = default;
        var bytes = new byte[Bytes];
        // Checked first: decoding throws at what is no Base64.
        if (text.Length != Length || !Base64Url.IsValid(text) || !Base64Url.TryDecodeFromChars(text, bytes, out var written) || written != Bytes)
            return false;
        token = (new Guid(bytes.AsSpan(0, IdBytes), bigEndian: true), new Guid(bytes.AsSpan(IdBytes, IdBytes), bigEndian: true),
            bytes.AsMemory(IdBytes + IdBytes));
        return true;
    }

    public static bool Verify(byte[] key, Guid deliveryId, string purpose, ReadOnlyMemory<byte> mac)
    {
        Span<byte> expected = stackalloc byte[MacBytes];
        Mac(key, deliveryId, purpose, expected);
        return CryptographicOperations.FixedTimeEquals(expected, mac.Span);
    }

    private static void Mac(byte[] key, Guid deliveryId, string purpose, Span<byte> mac)
    {
        Span<byte> message = stackalloc byte[purpose.Length + IdBytes];
        var written = Encoding.ASCII.GetBytes(purpose, message);
        deliveryId.TryWriteBytes(message[written..], bigEndian: true, out _);
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, message, whole);
        whole[..MacBytes].CopyTo(mac);
    }
}
