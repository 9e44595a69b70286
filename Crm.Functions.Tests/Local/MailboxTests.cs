using System.Text.Json.Nodes;
using Crm.Local.Providers;

namespace Crm.Functions.Tests.Local;

public sealed class MailboxTests : SimulatorTest
{
    [Fact]
    public async Task The_mailbox_filters_by_address_and_kind_and_lists_the_newest_first()
    {
        (await Send(Mail())).Dispose();
        Simulator.Mailbox.Add([new SentMessage("sms-1", "sms", "+14155550100", "+14155550101") { Text = "Hi" }]);

        Assert.Equal(["+14155550100", "cy@b.test", "bo@b.test", "ann@a.test"], await Mailbox(""));
        Assert.Equal(["ann@a.test"], await Mailbox("?to=ANN%40a.test"));
        Assert.Equal(["+14155550100"], await Mailbox("?kind=sms"));
        Assert.Equal(["+14155550100"], await Mailbox("?to=%2B14155550100"));
        Assert.Empty(await Mailbox("?to=ann%40a.test&kind=sms"));

        async Task<IEnumerable<string>> Mailbox(string query) =>
            (await Client.GetFromJsonAsync<JsonArray>($"/mailbox.json{query}", Ct))!.Select(m => (string)m!["to"]!);
    }

    [Fact]
    public async Task A_mailbox_with_a_file_outlives_the_stack_and_keeps_the_newest()
    {
        var file = Path.Combine(Path.GetTempPath(), $"crm-mailbox-{Guid.NewGuid():N}.jsonl");
        using (var mailbox = new Mailbox(file))
        {
            for (var number = 0; number < 3; number++)
                mailbox.Add([.. Enumerable.Range(0, Mailbox.Kept).Select(_ => new SentMessage($"{Guid.NewGuid()}", "email", "ann@a.test", "crm"))]);
            mailbox.Add([new("last", "email", "bo@b.test", "crm")
            {
                Headers = new Dictionary<string, string> { ["Number"] = "1" },
                CustomArgs = new Dictionary<string, string> { ["delivery_id"] = "d1" },
                Text = "Hi",
                At = DateTimeOffset.UnixEpoch,
            }]);
            Assert.Equal(Mailbox.Kept, mailbox.Messages().Count);
        }

        Assert.InRange(File.ReadLines(file).Count(), Mailbox.Kept, 2 * Mailbox.Kept);

        // Killed in the middle of a line.
        await File.AppendAllTextAsync(file, "{\"Id\":\"half", Ct);
        using (var again = new Mailbox(file))
        {
            Assert.Equal(Mailbox.Kept, again.Messages().Count);
            var newest = again.Messages()[0];
            Assert.Equal(("last", "1", "d1", "Hi"), (newest.Id, newest.Headers["number"], newest.CustomArgs["delivery_id"], newest.Text));
            Assert.Equal(DateTimeOffset.UnixEpoch, newest.At);
            again.Add([new("after", "sms", "+1", "crm")]);
        }

        using (var third = new Mailbox(file))
            Assert.Equal("after", third.Messages()[0].Id);
        File.Delete(file);
    }

    [Fact]
    public async Task What_went_with_a_mail_can_be_saved_and_outlives_the_stack()
    {
        var folder = Directory.CreateTempSubdirectory("crm-mailbox-").FullName;
        var mail = MailTo("ann@a.test", "bo@b.test");
        mail["attachments"] = new JsonArray(new JsonObject { ["content"] = "AQID", ["type"] = "application/pdf", ["filename"] = "Pläne.pdf" });
        await using (var simulator = await ProviderSimulator.Start(folder: folder, ct: Ct))
        {
            using var http = new HttpClient { BaseAddress = simulator.BaseUrl, DefaultRequestHeaders = { Authorization = new("Bearer", "SG.local") } };
            (await http.PostAsJsonAsync("/v3/mail/send", mail, Ct)).EnsureSuccessStatusCode();
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "mailbox.files", "nobodys"), "x", Ct);
        await using (var simulator = await ProviderSimulator.Start(folder: folder, ct: Ct))
        {
            using var http = new HttpClient { BaseAddress = simulator.BaseUrl };
            foreach (var message in simulator.Mailbox.Messages())
            {
                var file = Assert.Single(message.Attachments);
                Assert.Equal(("Pläne.pdf", "application/pdf", 3), (file.FileName, file.Type, file.Size));
                using var answer = await http.GetAsync($"/mailbox/attachment?messageId={Uri.EscapeDataString(message.Id)}&id={file.Id}", Ct);
                Assert.Equal([1, 2, 3], await answer.Content.ReadAsByteArrayAsync(Ct));
                var disposition = answer.Content.Headers.ContentDisposition!;
                Assert.Equal(("attachment", "Pläne.pdf"), (disposition.DispositionType, disposition.FileNameStar));
            }

            Assert.Single(Directory.EnumerateFiles(Path.Combine(folder, "mailbox.files")));
            Assert.Equal(404, (int)(await http.GetAsync("/mailbox/attachment?messageId=none&id=..", Ct)).StatusCode);
            // The messages that are forgotten take it along.
            simulator.Mailbox.Add([.. Enumerable.Range(0, Mailbox.Kept).Select(n => new SentMessage($"{n}", "email", "x@y.test", "crm"))]);
            Assert.Empty(Directory.EnumerateFiles(Path.Combine(folder, "mailbox.files")));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_the_mails_of_a_call_share_is_kept_once()
    {
        var folder = Directory.CreateTempSubdirectory("crm-mailbox-").FullName;
        await using (var simulator = await ProviderSimulator.Start(folder: folder, ct: Ct))
        {
            using var http = new HttpClient { BaseAddress = simulator.BaseUrl, DefaultRequestHeaders = { Authorization = new("Bearer", "SG.local") } };
            var mail = MailTo(Enumerable.Range(0, 100).Select(number => $"u{number}@many.test"));
            mail["content"]![1]!["value"] = $"<p>-name-</p>{new string('x', 100_000)}";
            (await http.PostAsJsonAsync("/v3/mail/send", mail, Ct)).EnsureSuccessStatusCode();
        }

        Assert.InRange(new FileInfo(Path.Combine(folder, "mailbox.jsonl")).Length, 100_000, 200_000);
        await using (var simulator = await ProviderSimulator.Start(folder: folder, ct: Ct))
        {
            Assert.StartsWith("<p>u7</p>xxx", simulator.Mailbox.Messages("u7@many.test")[0].Html, StringComparison.Ordinal);
            Assert.Equal("d-u7@many.test", simulator.Mailbox.Messages("u7@many.test")[0].CustomArgs["delivery_id"]);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_page_and_its_parts_are_served_and_run_no_script_but_their_own()
    {
        (string, string, string)[] parts =
        [
            ("/mailbox", "text/html", "<!doctype html>"), ("/mailbox.js", "text/javascript", "// The mailbox"), ("/mailbox.css", "text/css", ":root"),
        ];
        foreach (var (path, type, beginning) in parts)
        {
            using var response = await Client.GetAsync(new Uri(path, UriKind.Relative), Ct);
            Assert.Equal(type, response.Content.Headers.ContentType!.MediaType);
            Assert.Contains("script-src 'self'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
            Assert.StartsWith(beginning, await response.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_page_gets_its_list_in_short_and_again_only_when_something_changed()
    {
        (await Send(Mail())).Dispose();
        var list = (await Client.GetFromJsonAsync<JsonObject>("/mailbox/list.json?search=ANN", Ct))!;

        Assert.Equal((3, 1), ((int)list["total"]!, (int)list["found"]!));
        var ann = Assert.Single(list["messages"]!.AsArray())!;
        Assert.Equal(("ann@a.test", "Hello Ann"), ((string)ann["to"]!, (string)ann["title"]!));
        Assert.Null(ann["html"]);
        using var same = await Client.GetAsync(new Uri($"/mailbox/list.json?since={list["version"]}", UriKind.Relative), Ct);
        Assert.Equal(204, (int)same.StatusCode);
        var whole = (await Client.GetFromJsonAsync<JsonObject>($"/mailbox/message.json?id={ann["id"]}", Ct))!;
        Assert.Equal("<p>Dear Ann</p>", (string)whole["html"]!);

        (await Send(MailTo("dora@a.test"))).Dispose();
        using var changed = await Client.GetAsync(new Uri($"/mailbox/list.json?since={list["version"]}", UriKind.Relative), Ct);
        Assert.Equal(200, (int)changed.StatusCode);
        using var gone = await Client.GetAsync(new Uri("/mailbox/message.json?id=nope", UriKind.Relative), Ct);
        Assert.Equal(404, (int)gone.StatusCode);
    }
}
