using System.Text;
using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations.SendGrid;
using Crm.Shared.Integrations.Twilio;

namespace Crm.Functions.Tests.Webhooks;

/// <summary>The vendors' signatures, by the vectors that their own libraries are tested with.</summary>
public sealed class SignatureTests
{
    private static readonly JsonElement Vectors = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(Repository.Root, "Crm.Functions.Tests", "Webhooks", "signatures.json"))).RootElement;

    public static TheoryData<string> Mail() => [.. Of("sendgrid").Select(Text("name"))];

    public static TheoryData<string> Sms() => [.. Of("twilio").Select(Text("name"))];

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
