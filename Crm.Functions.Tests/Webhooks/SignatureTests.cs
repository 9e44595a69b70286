using System.Text;
using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations.SendGrid;
using Crm.Shared.Integrations.Stripe;
using Crm.Shared.Integrations.Twilio;

namespace Crm.Functions.Tests.Webhooks;

/// <summary>The vendors' signatures, by the vectors that their own libraries are tested with.</summary>
public sealed class SignatureTests
{
    private static readonly JsonElement Vectors = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(Repository.Root, "Crm.Functions.Tests", "Webhooks", "signatures.json"))).RootElement;

    public static TheoryData<string> Mail() => [.. Of("sendgrid").Select(Text("name"))];

    public static TheoryData<string> Sms() => [.. Of("twilio").Select(Text("name"))];

    public static TheoryData<string> Payments() => [.. Of("stripe").Select(Text("name"))];

    [Theory]
    [MemberData(nameof(Payments))]
    public void Payment_events_are_believed_as_Stripes_library_does(string name)
    {
        var vector = Of("stripe").Single(vector => Text("name")(vector) == name);
        var now = DateTimeOffset.FromUnixTimeSeconds(vector.GetProperty("now").GetInt64());
        var body = Text("body")(vector);
        var verified = StripeEvent.Verified(Encoding.UTF8.GetBytes(body), Text("header")(vector), Text("secret")(vector), now);
        Assert.Equal(vector.GetProperty("valid").GetBoolean() ? body : null, verified);
    }

    [Fact]
    public void No_bit_of_a_payment_event_or_its_header_can_be_changed()
    {
        const string Secret = "whsec_0123";
        var now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
        var body = Encoding.UTF8.GetBytes("""{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{"description":"Größe €"}}}""");
        var header = SignedVendors.SignPayment(Encoding.UTF8.GetString(body), Secret, now);
        Assert.NotNull(StripeEvent.Verified(body, header, Secret, now));
        Assert.NotNull(StripeEvent.Verified(body, header, Secret, now.AddSeconds(300)));
        Assert.Null(StripeEvent.Verified(body, header, Secret, now.AddSeconds(301)));
        Assert.Null(StripeEvent.Verified(body, header, Secret, now.AddSeconds(-301)));
        for (var bit = 0; bit < body.Length * 8; bit++)
            Assert.True(StripeEvent.Verified(Flip(body, bit), header, Secret, now) is null, $"Bit {bit} of the body could be changed.");
        var signed = Encoding.Latin1.GetBytes(header);
        for (var bit = 0; bit < signed.Length * 8; bit++)
        {
            var other = Encoding.Latin1.GetString(Flip(signed, bit));
            Assert.True(StripeEvent.Verified(body, other, Secret, now) is null, $"Bit {bit} of the header could be changed.");
        }

        foreach (var none in new[] { "", "!", "t=1", "v1=", ",", new string('v', 5000) })
            Assert.Null(StripeEvent.Verified(body, none, Secret, now));
        // Without a secret anybody could sign.
        Assert.Null(StripeEvent.Verified(body, SignedVendors.SignPayment(Encoding.UTF8.GetString(body), "", now), "", now));
    }

    [Theory]
    [MemberData(nameof(Mail))]
    public void Mail_events_are_believed_as_SendGrids_library_does(string name)
    {
        var vector = Of("sendgrid").Single(vector => Text("name")(vector) == name);
        Assert.Equal(vector.GetProperty("valid").GetBoolean(), EventSignature.Verify(
            Text("public_key")(vector), Text("timestamp")(vector), Text("signature")(vector), Encoding.UTF8.GetBytes(Text("body")(vector))));
    }

    [Theory]
    [MemberData(nameof(Sms))]
    public void Twilios_requests_are_believed_as_its_library_does(string name)
    {
        var vector = Of("twilio").Single(vector => Text("name")(vector) == name);
        var fields = vector.GetProperty("params").EnumerateObject().Select(field => (field.Name, field.Value.GetString()!));
        Assert.Equal(
            vector.GetProperty("valid").GetBoolean(),
            RequestSignature.Verify(Text("auth_token")(vector), Text("url")(vector), fields, Text("signature")(vector)));
    }

    [Fact]
    public void No_bit_of_body_timestamp_or_signature_can_be_changed()
    {
        var vector = Of("sendgrid").First();
        var (key, timestamp, signature) = (Text("public_key")(vector), Text("timestamp")(vector), Text("signature")(vector));
        var body = Encoding.UTF8.GetBytes(Text("body")(vector));
        Assert.True(EventSignature.Verify(key, timestamp, signature, body));
        for (var bit = 0; bit < body.Length * 8; bit += 7)
            Assert.False(EventSignature.Verify(key, timestamp, signature, Flip(body, bit)), $"Bit {bit} of the body could be changed.");
        for (var bit = 0; bit < timestamp.Length * 8; bit++)
        {
            var other = Encoding.Latin1.GetString(Flip(Encoding.Latin1.GetBytes(timestamp), bit));
            Assert.False(EventSignature.Verify(key, other, signature, body), $"Bit {bit} of the time could be changed.");
        }

        var raw = Convert.FromBase64String(signature);
        for (var bit = 0; bit < raw.Length * 8; bit++)
            Assert.False(EventSignature.Verify(key, timestamp, Convert.ToBase64String(Flip(raw, bit)), body), $"Bit {bit} of the signature could be changed.");
        foreach (var none in new[] { "", "!", "AAAA", new string('A', 2000) })
            Assert.False(EventSignature.Verify(key, timestamp, none, body));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("no base64", false)]
    [InlineData("AAAA", false)]
    [InlineData("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==", true)]
    public void A_setting_that_is_no_key_is_known(string text, bool isKey) => Assert.Equal(isKey, EventSignature.IsKey(text));

    private static JsonElement.ArrayEnumerator Of(string vendor) => Vectors.GetProperty(vendor).GetProperty("vectors").EnumerateArray();

    private static Func<JsonElement, string> Text(string field) => vector => vector.GetProperty(field).GetString()!;

    private static byte[] Flip(byte[] bytes, int bit)
    {
        var changed = bytes.ToArray();
        changed[bit / 8] ^= (byte)(1 << (bit % 8));
        return changed;
    }
}
