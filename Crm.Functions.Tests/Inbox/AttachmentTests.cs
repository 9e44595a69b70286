using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Tasks;
using Crm.Local.Providers;

namespace Crm.Functions.Tests.Inbox;

/// <summary>What is attached to a mail that comes in, by the vendor's own way.</summary>
public sealed class AttachmentTests(TestServices services)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_is_kept_for_those_who_may_read_the_message_and_goes_with_the_person()
    {
        await using var app = await services.StartApp();
        var org = await app.NewOrganization();
        byte[] file = [.. Enumerable.Range(0, 70_000).Select(number => (byte)number)];

        Assert.Equal(200, await Write(app, org.Mailbox(), file));

        var message = await Received(org);
        var attachment = Assert.Single(message.GetProperty("attachments").EnumerateArray());
        Assert.Equal(("Über uns.pdf", 70_000), (attachment.Text("fileName"), attachment.GetProperty("size").GetInt32()));
        var url = attachment.Text("url")!;
        Assert.Contains($"/org/{org.Id}/attachments/", url, StringComparison.Ordinal);
        Assert.Contains("X-Amz-Signature=", url, StringComparison.Ordinal);
        using (var answer = await app.Http.GetAsync(url, Ct))
        {
            Assert.Equal(file, await answer.Content.ReadAsByteArrayAsync(Ct));
            Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.MediaType);
            Assert.StartsWith("attachment", answer.Content.Headers.ContentDisposition!.ToString(), StringComparison.Ordinal);
        }

        // Kept: it has no time to go.
        app.Clock.Advance(TimeSpan.FromDays(4));
        await app.RunTimer("SweepFiles");
        var owner = await app.SignInAs(org.Id, org.Owner.Id);
        (await owner.Post($"/contacts/{message.GetProperty("contactId").GetGuid()}/erase", new { })).Expect(200);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (await app.Scalar<long>("select count(*) from stored_files where organization_id = $1", org.Id) > 0)
            await Task.Delay(50, patience.Token);
    }

    [Fact]
    public async Task While_the_store_is_down_the_vendor_is_told_to_come_again()
    {
        await using var app = await services.StartApp();
        var org = await app.NewOrganization();
        app.Providers.Faults.Set(new Fault { Provider = "s3", Status = 503 });

        Assert.Equal(502, await Write(app, org.Mailbox(), [1, 2, 3]));

        Assert.Equal(0, await app.Scalar<long>("select count(*) from provider_events"));
        app.Providers.Faults.Clear();
        Assert.Equal(200, await Write(app, org.Mailbox(), [1, 2, 3]));
        Assert.NotNull((await Received(org)).GetProperty("attachments")[0].Text("url"));
    }

    [Fact]
    public async Task Of_a_mail_that_is_nobodys_no_file_is_kept()
    {
        await using var app = await services.StartApp();
        await app.NewOrganization();

        Assert.Equal(200, await Write(app, "nobody@inbound.crm.test", [1, 2, 3]));

        Assert.Equal(0, await app.Scalar<long>("select count(*) from stored_files"));
    }

    private static async Task<int> Write(TestApp app, string to, byte[] file)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync(
            new Uri(app.Providers.BaseUrl, "/simulate/email"),
            new
            {
                from = $"ann.{Guid.NewGuid():N}@mail.test",
                to,
                subject = "Plans",
                text = "See there.",
                attachments = new[] { new { fileName = "Über uns.pdf", type = "application/pdf", content = Convert.ToBase64String(file) } },
            },
            Ct);
        return (int)answer.StatusCode;
    }

    private static async Task<JsonElement> Received(TestOrganization org)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (true)
        {
            if (await org.Owner.Conversations() is [var conversation])
                return (await org.Owner.Messages(conversation.Id()))[^1];
            await Task.Delay(50, patience.Token);
        }
    }
}
