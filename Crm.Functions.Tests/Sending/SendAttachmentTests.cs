using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Inbox;
using Crm.Functions.Tests.Tasks;
using Crm.Local.Providers;
using Crm.Shared.Integrations.AzureQueues;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Tests.Sending;

/// <summary>A mail with files, while the store or the vendor is not as it should be.</summary>
public sealed class SendAttachmentTests(TestServices services) : IAsyncLifetime
{
    private static readonly byte[] Some = [1, 2, 3];

    private TestApp _app = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _app = await services.StartApp();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task While_the_store_is_down_it_waits_and_then_goes_out_once_with_its_files()
    {
        var (org, contact, file) = await Ready();
        _app.Providers.Faults.Set(new Fault { Provider = "s3", Status = 503 });

        var message = (await org.Owner.WriteMailWith(contact, file)).Expect(201).Data.GetProperty("message");
        await Attempted(message.Id(), 1);

        Assert.Equal("pending 1", await State(message.Id()));
        Assert.Empty(_app.Providers.Mailbox.Messages(message.Text("to")));
        _app.Providers.Faults.Clear();
        _app.Clock.Advance(TimeSpan.FromMinutes(1));
        await _app.RunTimer("SettleCalls");
        var mail = Assert.Single(await _app.Mails(message.Text("to")!));
        Assert.Equal(Some, _app.Providers.Mailbox.Content(mail.Attachments[0]));
        await _app.Settled();
        await Again(org, message.Id());
        _app.Clock.Advance(TimeSpan.FromMinutes(20));
        await _app.RunTimer("SettleCalls");
        await _app.Settled();
        Assert.Single(_app.Providers.Mailbox.Messages(message.Text("to")));
        Assert.StartsWith("sent", await State(message.Id()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vendor_that_is_down_gets_it_later_with_its_files()
    {
        var (org, contact, file) = await Ready();
        _app.Providers.Faults.Set(new Fault { Provider = "sendgrid", Status = 503, Count = 1 });

        var message = (await org.Owner.WriteMailWith(contact, file)).Expect(201).Data.GetProperty("message");
        await Attempted(message.Id(), 1);
        _app.Clock.Advance(TimeSpan.FromMinutes(1));
        await _app.RunTimer("SettleCalls");

        Assert.Single(Assert.Single(await _app.Mails(message.Text("to")!)).Attachments);
    }

    [Fact]
    public async Task Without_a_file_that_is_gone_it_is_never_sent_and_says_so()
    {
        var (org, contact, file) = await Ready();
        var key = await _app.Scalar<string>("select storage_key from stored_files where id = $1", file);
        await _app.Services.GetRequiredService<FileStore>().Delete(key, Ct);

        var message = (await org.Owner.WriteMailWith(contact, file)).Expect(201).Data.GetProperty("message");
        await _app.Settled();

        var shown = (await org.Owner.Get($"/messages/{message.Id()}")).Expect(200).Data;
        Assert.Equal(("failed", "The attached file plans.pdf is gone."), (shown.Text("status"), shown.Text("error")));
        _app.Clock.Advance(TimeSpan.FromHours(1));
        await _app.RunTimer("SettleCalls");
        await _app.Settled();
        Assert.Empty(_app.Providers.Mailbox.Messages(message.Text("to")));
    }

    private async Task<(TestOrganization Org, Guid Contact, Guid File)> Ready()
    {
        var org = await _app.NewOrganization();
        return (org, await org.AddCorrespondent(org.Owner), await org.Owner.AddAttachment(Some));
    }

    private Task<string> State(Guid id) => _app.Scalar<string>("select concat_ws(' ', state, attempts) from deliveries where id = $1", id);

    private async Task Attempted(Guid id, int attempts)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (await _app.Scalar<int>("select attempts from deliveries where id = $1", id) < attempts)
            await Task.Delay(50, patience.Token);
    }

    // Every message of a queue may come twice.
    private async Task Again(TestOrganization org, Guid id)
    {
        await _app.Queues.Send("send-message", JsonSerializer.Serialize(new { organizationId = org.Id, deliveryId = id }), Ct);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await _app.Queues.Depth("send-message", Ct) > 0)
            await Task.Delay(20, patience.Token);
    }
}
