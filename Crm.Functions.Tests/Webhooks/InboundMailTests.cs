using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Webhooks;

public sealed class InboundMailTests(TestServices services, SignedVendors.App own) : IClassFixture<SignedVendors.App>
{
    private readonly TestApp _app = own.Test;

    [Fact]
    public async Task A_mail_is_kept_with_its_texts_in_their_own_letters_and_its_files_named()
    {
        var latin = CodePagesEncodingProvider.Instance.GetEncoding("windows-1252")!;
        var id = $"{Guid.NewGuid():N}@example.test";
        using var form = Form(id);
        Add(form, "charsets", """{"to":"UTF-8","from":"UTF-8","subject":"UTF-8","text":"windows-1252","html":"iso-8859-1"}""");
        form.Add(Raw(latin.GetBytes("Grüße für 5 €")), "text");
        form.Add(Raw(Encoding.Latin1.GetBytes("<p>Grüße</p>")), "html");
        Add(form, "attachment-info", """{"attachment1":{"filename":"Überblick.pdf","type":"application/pdf"}}""");
        form.Add(Raw(new byte[1234], "application/octet-stream"), "attachment1", "ueberblick.pdf");
        form.Add(Raw(new byte[10], "image/png"), "attachment2", "logo.png");

        (await _app.Mail(form)).Expect(204);

        var mail = await Kept(id);
        Assert.Equal(
            ("Ann Smith <ann@example.test>", "Acme <acme@inbound.test>", "Hallo", "Grüße für 5 €", "<p>Grüße</p>"),
            (Text(mail, "from"), Text(mail, "to"), Text(mail, "subject"), Text(mail, "text"), Text(mail, "html")));
        Assert.Equal("""{"from":"ann@example.test","to":["acme@inbound.test"]}""", mail.GetProperty("envelope").GetRawText());
        Assert.Contains($"Message-ID: <{id}>", Text(mail, "headers"), StringComparison.Ordinal);
        Assert.Equal(
            [("Überblick.pdf", "application/pdf", 1234L), ("logo.png", "image/png", 10L)],
            mail.GetProperty("attachments").EnumerateArray()
                .Select(file => (Text(file, "fileName"), Text(file, "contentType"), file.GetProperty("size").GetInt64())));
        Assert.True(await _app.Queues.Depth("inbound-messages", TestContext.Current.CancellationToken) > 0);
    }

    [Fact]
    public async Task A_mail_as_it_came_is_taken_apart()
    {
        var id = $"{Guid.NewGuid():N}@example.test";
        var raw = $"""
            From: =?utf-8?q?J=C3=BCrgen?= <j@example.test>
            To: acme@inbound.test
            Subject: =?iso-8859-1?q?Gr=FC=DFe?=
            Message-ID: <{id}>
            Auto-Submitted: auto-replied
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: text/plain; charset=iso-8859-1
            Content-Transfer-Encoding: quoted-printable

            Gr=FC=DFe
            --b
            Content-Type: application/pdf; name="a.pdf"
            Content-Disposition: attachment; filename="a.pdf"
            Content-Transfer-Encoding: base64

            {Convert.ToBase64String(new byte[600])}
            --b--
            """.ReplaceLineEndings("\r\n");
        using var form = new MultipartFormDataContent();
        Add(form, "email", raw);
        Add(form, "envelope", """{"to":["acme@inbound.test"],"from":"j@example.test"}""");

        (await _app.Mail(form)).Expect(204);

        var mail = await Kept(id);
        Assert.Contains("Jürgen", Text(mail, "from"), StringComparison.Ordinal);
        Assert.Equal(("Grüße", "Grüße"), (Text(mail, "subject"), Text(mail, "text").Trim()));
        Assert.Contains("Auto-Submitted: auto-replied", Text(mail, "headers"), StringComparison.Ordinal);
        Assert.Equal(("a.pdf", "application/pdf", 600), (
            Text(mail.GetProperty("attachments")[0], "fileName"), Text(mail.GetProperty("attachments")[0], "contentType"),
            mail.GetProperty("attachments")[0].GetProperty("size").GetInt32()));
    }

    [Fact]
    public async Task A_mail_comes_once_but_once_for_each_of_our_addresses()
    {
        var id = $"{Guid.NewGuid():N}@example.test";
        foreach (var to in new[] { "acme@inbound.test", "acme@inbound.test", "other@inbound.test" })
        {
            using var form = Form(id, to);
            (await _app.Mail(form)).Expect(204);
        }

        Assert.Equal(2, await _app.Scalar<long>("select count(*) from provider_events where event_id like $1", $"<{id}>%"));
        // Without an id the same words are the same mail, whatever separates their parts.
        var word = Guid.NewGuid().ToString();
        for (var time = 0; time < 2; time++)
        {
            using var form = new MultipartFormDataContent($"b{time}");
            Add(form, "text", word);
            (await _app.Mail(form)).Expect(204);
        }

        Assert.Equal(1, await _app.Scalar<long>("select count(*) from provider_events where body like $1", $"%{word}%"));
    }

    [Fact]
    public async Task A_mail_may_be_larger_than_other_bodies()
    {
        var id = $"{Guid.NewGuid():N}@example.test";
        using var form = Form(id);
        form.Add(Raw(new byte[15 * 1024 * 1024], "video/mp4"), "attachment1", "film.mp4");
        (await _app.Mail(form)).Expect(204);
        Assert.Equal(15 * 1024 * 1024, (await Kept(id)).GetProperty("attachments")[0].GetProperty("size").GetInt32());
        // By the twin too; others are held to ten.
        using var again = Form(id);
        again.Add(Raw(new byte[11 * 1024 * 1024], "video/mp4"), "attachment1", "film.mp4");
        (await _app.Anonymous.Post($"/api/webhooks/sendgrid/inbound/{SignedVendors.InboundSecret}", again)).Expect(204);
        (await _app.MailEvents("[" + new string(' ', 11 * 1024 * 1024) + "]", "")).Expect(413);
    }

    [Fact]
    public async Task What_is_no_mail_is_refused()
    {
        using (var form = Form("x@y"))
            (await _app.Mail(form, SignedVendors.InboundSecret + "x")).Expect(400, "INVALID_SIGNATURE");
        var path = $"/webhooks/sendgrid/inbound/{SignedVendors.InboundSecret}";
        (await _app.Anonymous.Post(path, new { })).Expect(415);
        foreach (var body in new[] { "", "--b", "--b\r\n\r\nx", "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\ncut of", "nonsense" })
        {
            using var broken = Raw(Encoding.UTF8.GetBytes(body), "multipart/form-data; boundary=b");
            (await _app.Anonymous.Post(path, broken)).Expect(400, "VALIDATION_ERROR");
        }

        foreach (var (field, value) in new[] { ("envelope", "{"), ("charsets", "["), ("email", "\0\0 this is no mail at all") })
        {
            using var form = new MultipartFormDataContent();
            Add(form, field, value);
            Add(form, "text", "x");
            (await _app.Mail(form)).Expect(400, "VALIDATION_ERROR");
        }

        using var strange = new MultipartFormDataContent();
        Add(strange, "charsets", """{"text":"no-such-charset","html":7}""");
        Add(strange, "envelope", "[7]");
        Add(strange, "text", "Hello");
        (await _app.Mail(strange)).Expect(204);
        await using var bare = await services.StartApp(settings => settings["SendGrid:InboundSecret"] = "");
        using var unheard = Form("x@y");
        (await bare.Mail(unheard, "")).Expect(404);
        using var unset = Form("x@y");
        (await bare.Mail(unset, "x")).Expect(503, "PROVIDER_NOT_CONFIGURED");
    }

    private static MultipartFormDataContent Form(string id, string to = "acme@inbound.test")
    {
        var form = new MultipartFormDataContent();
        Add(form, "headers", $"Received: by mx\nMessage-ID: <{id}>\nSubject: Hallo\n");
        Add(form, "to", $"Acme <{to}>");
        Add(form, "from", "Ann Smith <ann@example.test>");
        Add(form, "subject", "Hallo");
        Add(form, "envelope", JsonSerializer.Serialize(new { to = new[] { to }, from = "ann@example.test" }));
        return form;
    }

    private static void Add(MultipartFormDataContent form, string name, string text) => form.Add(Raw(Encoding.UTF8.GetBytes(text)), name);

    private static ByteArrayContent Raw(byte[] bytes, string? type = null)
    {
        var content = new ByteArrayContent(bytes);
        if (type is not null)
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return content;
    }

    private async Task<JsonElement> Kept(string id) =>
        JsonDocument.Parse(await _app.Scalar<string>("select body from provider_events where event_id like $1", $"<{id}>%")).RootElement;

    private static string Text(JsonElement json, string field) => json.GetProperty(field).GetString()!;
}
