using System.Net;
using System.Text.Json.Nodes;

namespace Crm.Functions.Tests.Local;

public sealed class SendGridSimulatorTests : SimulatorTest
{
    [Fact]
    public async Task A_valid_mail_is_accepted_and_lands_in_the_mailbox_once_for_each_recipient()
    {
        using var response = await Send(Mail());

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var messageId = Assert.Single(response.Headers.GetValues("X-Message-Id"));
        var messages = Simulator.Mailbox.Messages();
        Assert.Equal(["cy@b.test", "bo@b.test", "ann@a.test"], messages.Select(m => m.To));
        Assert.All(messages, m => Assert.StartsWith(messageId, m.Id, StringComparison.Ordinal));

        var ann = messages[^1];
        Assert.Equal("Crm <no-reply@crm.test>", ann.From);
        Assert.Equal("Hello Ann", ann.Subject);
        Assert.Equal("Dear Ann, -name2-", ann.Text);
        Assert.Equal("<p>Dear Ann</p>", ann.Html);
        Assert.Equal("<https://crm.test/u/1>", ann.Headers["List-Unsubscribe"]);
        Assert.Equal("reply+1@crm.test", ann.Headers["Reply-To"]);
        Assert.Equal("r1", ann.CustomArgs["recipient"]);
        Assert.Equal("c1", ann.CustomArgs["campaign"]);
        Assert.Equal("Other subject", messages[0].Subject);
    }

    public static TheoryData<string, Action<JsonObject>> Mistakes => new()
    {
        { "from", mail => mail.Remove("from") },
        { "from.email", mail => mail["from"]!["email"] = "nobody" },
        { "personalizations", mail => mail["personalizations"] = new JsonArray() },
        { "personalizations.0.to", mail => mail["personalizations"]![0]!["to"] = new JsonArray() },
        { "personalizations.0.to.0.email", mail => mail["personalizations"]![0]!["to"]![0]!["email"] = "ann@" },
        { "personalizations.0.substitutions.-x-", mail => mail["personalizations"]![0]!["substitutions"]!["-x-"] = 1 },
        { "content.0.value", mail => mail["content"]![0]!["value"] = "" },
        { "unknown", mail => mail["unknown"] = true },
        { "categories", mail => mail["categories"] = new JsonArray("a", "a") },
        { "send_at", mail => mail["send_at"] = "soon" },
        { "headers.Subject", mail => mail["headers"]!["Subject"] = "Mine" },
        { "personalizations.0.headers.reply-to", mail => mail["personalizations"]![0]!["headers"]!["reply-to"] = "a@b.test" },
        { "personalizations.0.headers.X-A", mail => mail["personalizations"]![0]!["headers"]!["X-A"] = "1\r\nBcc: all@b.test" },
        { "custom_args", mail => mail["custom_args"]!["large"] = new string('x', 10_000) },
        { "personalizations.0.custom_args", mail => mail["personalizations"]![0]!["custom_args"]!["large"] = new string('ü', 5_000) },
        { "personalizations.0.substitutions", mail => mail["personalizations"]![0]!["substitutions"]!["-x-"] = new string('x', 10_000) },
        { "personalizations", mail => mail["personalizations"]![1]!["to"]!.AsArray().Add(new JsonObject { ["email"] = "ANN@a.test" }) },
        { "personalizations", mail => mail["personalizations"]![1]!["cc"] = new JsonArray(new JsonObject { ["email"] = "bo@b.test" }) },
        { "attachments.0.content", mail => mail["attachments"] = With("no base64!", "application/pdf", "a.pdf") },
        { "attachments.0.content", mail => mail["attachments"] = With("", "application/pdf", "a.pdf") },
        { "attachments.0.type", mail => mail["attachments"] = With("AQID", "text/plain; charset=utf-8", "a.txt") },
        { "attachments.0.filename", mail => mail["attachments"] = With("AQID", "text/plain", "a\r\nBcc: all@b.test") },
        { "personalizations", mail => mail["personalizations"] = Many(1_001) },
        { "personalizations.700.to.0.email", mail => mail["personalizations"] = Many(1_000, wrong: 700) },
    };

    private static JsonArray With(string content, string type, string name) =>
        new(new JsonObject { ["content"] = content, ["type"] = type, ["filename"] = name, ["disposition"] = "attachment" });

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public async Task A_malformed_mail_is_refused_with_the_field_that_is_wrong(string field, Action<JsonObject> mistake)
    {
        var mail = Mail();
        mistake(mail);
        using var response = await Send(mail);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var errors = (await response.Content.ReadFromJsonAsync<JsonObject>(Ct))!["errors"]!.AsArray();
        Assert.Contains(field, errors.Select(e => (string?)e!["field"]));
        Assert.Empty(Simulator.Mailbox.Messages());
    }

    [Theory]
    [InlineData("content")]
    [InlineData("subject")]
    public async Task A_mail_without_template_needs_content_and_subject(string member)
    {
        var mail = Mail();
        mail.Remove(member);
        using var refused = await Send(mail);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains($"{member} is required", await refused.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);

        mail["template_id"] = "d-1";
        using var accepted = await Send(mail);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
    }

    [Fact]
    public async Task A_mail_without_a_key_or_without_json_is_refused()
    {
        using var noKey = await Client.PostAsJsonAsync("/v3/mail/send", Mail(), Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, noKey.StatusCode);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v3/mail/send") { Content = new StringContent("{") };
        request.Headers.Add("Authorization", "Bearer SG.local");
        using var noJson = await Client.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, noJson.StatusCode);
        Assert.Empty(Simulator.Mailbox.Messages());
    }

    [Fact]
    public async Task Substitutions_of_ten_thousand_bytes_are_still_taken()
    {
        var mail = Mail();
        mail["personalizations"]![0]!["substitutions"] = new JsonObject { ["-x-"] = new string('x', 10_000 - 3) };
        using var response = await Send(mail);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    [Fact]
    public async Task Every_tag_is_replaced_wherever_it_stands_and_what_a_value_brings_in_is_not()
    {
        var mail = MailTo("ann@a.test", "bo@a.test");
        mail["subject"] = "-a--b--a-";
        mail["reply_to"]!["email"] = "reply+-a-@crm.test";
        mail["content"] = new JsonArray(
            new JsonObject { ["type"] = "text/plain", ["value"] = "-a-, -b-, -ab-, -A-" },
            new JsonObject { ["type"] = "text/html; charset=utf-8", ["value"] = "<a href=\"https://x.test/?q=-a-\">-b-</a>" });
        mail["personalizations"]![0]!["substitutions"] = new JsonObject { ["-a-"] = "1-b-$&", ["-b-"] = "2", ["-ab-"] = "" };
        mail["personalizations"]![1]!["substitutions"] = new JsonObject { ["-a-"] = "3" };
        (await Send(mail)).EnsureSuccessStatusCode().Dispose();

        var (bo, ann) = (Simulator.Mailbox.Messages()[0], Simulator.Mailbox.Messages()[1]);
        Assert.Equal(("1-b-$&21-b-$&", "reply+1-b-$&@crm.test"), (ann.Subject, ann.Headers["Reply-To"]));
        Assert.Equal(("1-b-$&, 2, , -A-", "<a href=\"https://x.test/?q=1-b-$&\">2</a>"), (ann.Text, ann.Html));
        Assert.Equal(("3-b-3", "3, -b-, -ab-, -A-"), (bo.Subject, bo.Text));
    }

    [Fact]
    public async Task A_thousand_recipients_of_every_shape_are_one_call()
    {
        var mail = Mail();
        mail["personalizations"] = Many(1_000);
        mail["personalizations"]![500]!.AsObject().Remove("custom_args");
        mail["personalizations"]![501]!["send_at"] = 1_900_000_000;
        using var response = await Send(mail);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(1_000, Simulator.Mailbox.Messages().Count);
        Assert.Equal("Hello u999", Simulator.Mailbox.Messages("u999@many.test")[0].Subject);
    }

    [Fact]
    public async Task A_body_of_more_than_thirty_megabytes_is_too_large()
    {
        var mail = Mail();
        mail["content"]![0]!["value"] = new string('x', 30 * 1024 * 1024);
        using var response = await Send(mail);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    private static JsonArray Many(int count, int? wrong = null)
    {
        var many = MailTo(Enumerable.Range(0, count).Select(number => number == wrong ? "nobody" : $"u{number}@many.test"))["personalizations"]!.AsArray();
        return many.DeepClone().AsArray();
    }
}
