using System.Buffers.Text;
using System.Security.Cryptography;
using Crm.Functions.Sending;

namespace Crm.Functions.Tests.Sending;

public sealed class RecipientTokenTests
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    private readonly Guid _organization = Guid.CreateVersion7();
    private readonly Guid _delivery = Guid.CreateVersion7();

    [Fact]
    public void A_token_says_which_delivery_and_fits_into_a_link()
    {
        var text = RecipientTokens.Of(Key, _organization, _delivery, RecipientTokens.Track);

        Assert.Matches("^[A-Za-z0-9_-]{54}$", text);
        Assert.True(RecipientTokens.TryParse(text, out var token));
        Assert.Equal((_organization, _delivery), (token.Organization, token.Delivery));
        Assert.True(RecipientTokens.Verify(Key, token.Delivery, RecipientTokens.Track, token.Mac));
    }

    [Fact]
    public void Another_key_purpose_or_delivery_is_not_believed()
    {
        Assert.True(RecipientTokens.TryParse(RecipientTokens.Of(Key, _organization, _delivery, RecipientTokens.Track), out var token));

        Assert.False(RecipientTokens.Verify(RandomNumberGenerator.GetBytes(32), _delivery, RecipientTokens.Track, token.Mac));
        Assert.False(RecipientTokens.Verify(Key, _delivery, RecipientTokens.Unsubscribe, token.Mac));
        Assert.False(RecipientTokens.Verify(Key, Guid.CreateVersion7(), RecipientTokens.Track, token.Mac));
    }

    [Fact]
    public void No_bit_of_what_is_signed_can_be_changed()
    {
        var bytes = Base64Url.DecodeFromChars(RecipientTokens.Of(Key, _organization, _delivery, RecipientTokens.Unsubscribe));
        // The organisation is not signed: under another one there is no such delivery, and so no key.
        for (var bit = 16 * 8; bit < bytes.Length * 8; bit++)
        {
            var changed = bytes.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(RecipientTokens.TryParse(Base64Url.EncodeToString(changed), out var token));
            Assert.False(RecipientTokens.Verify(Key, token.Delivery, RecipientTokens.Unsubscribe, token.Mac), $"Bit {bit} of the token could be changed.");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("________________________________________________________")]
    [InlineData("!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!")]
    [InlineData("ännnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA ")]
    public void What_is_no_token_is_none(string text) => Assert.False(RecipientTokens.TryParse(text, out _));
}
