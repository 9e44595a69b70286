using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Crm.Functions.Tests.Local;

/// <summary>Mails and texts that somebody writes to the app.</summary>
public sealed class InboundSimulatorTests : SimulatorTest
{
    [Fact]
    public async Task A_new_mail_comes_as_inbound_parse_brings_it()
    {
        App.Answers = _ => 202;
        var answer = await Simulate("email", new
        {
            from = "Änn Lee <ann@a.test>",
            to = "acme@inbound.crm.test",
            subject = "Grüße",
            text = "Hallo ü €",
            html = "<p>Hallo</p>",
            headers = new Dictionary<string, string> { ["Auto-Submitted"] = "auto-replied" },
        });

        Assert.Equal(202, (int)answer["status"]!);
        var call = Assert.Single(App.Calls);
        Assert.Equal($"POST /webhooks/sendgrid/inbound/{Simulator.App.InboundSecret}", $"{call.Method} {call.Path}");
        Assert.Contains("name=\"envelope\"", call.Text, StringComparison.Ordinal);
        var parts = await Parts(call);
        Assert.Equal("""{"to":["acme@inbound.crm.test"],"from":"ann@a.test"}""", parts["envelope"].Text());
        Assert.Equal(("\"Änn Lee\" <ann@a.test>", "acme@inbound.crm.test", "Grüße"), (parts["from"].Text(), parts["to"].Text(), parts["subject"].Text()));
        Assert.Equal(("Hallo ü €", "<p>Hallo</p>", "0"), (parts["text"].Text(), parts["html"].Text(), parts["attachments"].Text()));
        Assert.Equal("utf-8", (string)JsonNode.Parse(parts["charsets"].Text())!["text"]!);
        Assert.Equal(["SPF", "dkim", "sender_ip"], parts.Keys.Where(name => name is "SPF" or "dkim" or "sender_ip").Order(StringComparer.Ordinal));
        Assert.Contains($"\nMessage-ID: {answer["messageId"]}\n", parts["headers"].Text(), StringComparison.Ordinal);
        Assert.Contains("\nAuto-Submitted: auto-replied\n", parts["headers"].Text(), StringComparison.Ordinal);
        Assert.DoesNotContain("In-Reply-To", parts["headers"].Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("iso-8859-1", "ü")]
    [InlineData("windows-1252", "€")]
    [InlineData("shift_jis", "こ")]
    public async Task Texts_are_in_the_charset_that_the_form_names(string charset, string text)
    {
        await Simulate("email", new { from = "ann@a.test", to = "acme@inbound.crm.test", text, charset });

        var parts = await Parts(Assert.Single(App.Calls));
        var named = (string)JsonNode.Parse(parts["charsets"].Text())!["text"]!;
        Assert.Equal(charset, named);
        Assert.Equal(text, (CodePagesEncodingProvider.Instance.GetEncoding(named) ?? Encoding.GetEncoding(named)).GetString(parts["text"].Body));
        Assert.NotEqual(text, parts["text"].Text());
    }

    [Fact]
    public async Task An_answer_knows_from_the_mail_it_answers_whom_it_is_from_and_to()
    {
        var mail = MailTo("ann@a.test");
        mail["headers"] = new JsonObject { ["Message-ID"] = "<m2@crm.test>", ["References"] = "<m1@crm.test>" };
        (await Send(mail)).Dispose();
        var id = Simulator.Mailbox.Messages()[0].Id;
        foreach (var inReplyTo in new[] { id, "<m2@crm.test>", "m2@crm.test" })
            await Simulate("email", new { text = "Yes", inReplyTo });

        foreach (var call in App.Calls)
        {
            var parts = await Parts(call);
            Assert.Equal(("ann@a.test", "reply+1@crm.test", "Re: Hello ann"), (parts["from"].Text(), parts["to"].Text(), parts["subject"].Text()));
            Assert.Contains("\nIn-Reply-To: <m2@crm.test>\nReferences: <m1@crm.test> <m2@crm.test>\n", parts["headers"].Text(), StringComparison.Ordinal);
        }

        await Simulate("email", new { from = "bo@a.test", to = "acme@inbound.crm.test", text = "Yes", inReplyTo = "<unknown@x.test>" });
        Assert.Contains("\nIn-Reply-To: <unknown@x.test>\n", (await Parts(App.Calls[^1]))["headers"].Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attachments_come_as_files_and_are_listed()
    {
        await Simulate("email", new
        {
            from = "ann@a.test",
            to = "acme@inbound.crm.test",
            text = "See there",
            attachments = new[] { new { fileName = "a b.pdf", type = "application/pdf", content = Convert.ToBase64String([1, 2, 3]) } },
        });

        var parts = await Parts(Assert.Single(App.Calls));
        Assert.Equal("1", parts["attachments"].Text());
        var info = JsonNode.Parse(parts["attachment-info"].Text())!["attachment1"]!;
        Assert.Equal(("a b.pdf", "application/pdf"), ((string)info["filename"]!, (string)info["type"]!));
        Assert.Equal([1, 2, 3], parts["attachment1"].Body);
        Assert.Equal("a b.pdf", parts["attachment1"].FileName);
    }

    [Fact]
    public async Task A_text_comes_signed_from_the_number_and_to_the_apps_own()
    {
        var answer = await Simulate("sms", new { from = "+14155550100", body = "Hello & welcome ü" });

        var call = Assert.Single(App.Calls);
        Assert.Equal("POST /webhooks/twilio/sms", $"{call.Method} {call.Path}");
        var form = call.Form(Simulator.App.AuthToken);
        Assert.Equal(("+14155550100", "+15005550006", "Hello & welcome ü"), (form["From"], form["To"], form["Body"]));
        Assert.Equal(("received", "0", (string)answer["messageSid"]!), (form["SmsStatus"], form["NumMedia"], form["MessageSid"]));
    }

    [Fact]
    public async Task What_the_app_refuses_and_what_cannot_be_sent_is_said()
    {
        App.Answers = _ => 503;
        Assert.Equal(503, (int)(await Simulate("sms", new { from = "+14155550100", body = "Hi" }, 502))["status"]!);
        Assert.Equal(503, (int)(await Simulate("email", new { from = "ann@a.test", to = "a@b.test", text = "Hi" }, 502))["status"]!);
        await Simulate("sms", new { from = "4155550100", body = "Hi" }, 400);
        await Simulate("email", new { from = "ann@a.test", to = "a@b.test" }, 400);
        await Simulate("email", new { from = "nobody", to = "a@b.test", text = "Hi" }, 400);
        await Simulate("email", new { to = "a@b.test", text = "Hi" }, 400);
        await Simulate("email", new { from = "ann@a.test", to = "a@b.test", text = "Hi", charset = "klingon" }, 400);

        Simulator.App.Address = null;
        var nowhere = await Simulate("sms", new { from = "+14155550100", body = "Hi" }, 502);
        Assert.Contains("where the app is", (string)nowhere["error"]!, StringComparison.Ordinal);
    }

    private static async Task<Dictionary<string, Part>> Parts(StandInApp.Call call)
    {
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(call.Headers["Content-Type"]).Boundary).Value!;
        var reader = new MultipartReader(boundary, new MemoryStream(call.Body));
        var parts = new Dictionary<string, Part>(StringComparer.Ordinal);
        while (await reader.ReadNextSectionAsync(Ct) is { } section)
        {
            var disposition = section.GetContentDispositionHeader()!;
            using var body = new MemoryStream();
            await section.Body.CopyToAsync(body, Ct);
            parts.Add(HeaderUtilities.RemoveQuotes(disposition.Name).Value!, new(body.ToArray(), HeaderUtilities.RemoveQuotes(disposition.FileName).Value));
        }

        return parts;
    }

    private sealed record Part(byte[] Body, string? FileName)
    {
        public string Text() => Encoding.UTF8.GetString(Body);
    }
}
