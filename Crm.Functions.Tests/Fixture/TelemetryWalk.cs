using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Crm.Local.Tracing;

namespace Crm.Functions.Tests.Fixture;

/// <summary>Some use cases of the real executable, of which a collector is told: a contact, letters, messages, a sign-in, a fault, a timer.</summary>
public sealed partial class TelemetryWalk(TestServices services) : IAsyncLifetime
{
    private const string Guest = "guest.of.trust@private.example";
    private const string Contact = "zenobia.secret@private.example";
    private const string Phone = "+14155550123";
    private const string Text = "Meet me behind the greenhouse";
    private const string RequestId = "walk-0123456789";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<(string Path, byte[] Body)> _told = new();

    /// <summary>What nobody may be told.</summary>
    public List<string> Secrets { get; } = [Guest, Contact, Phone, Text, "Zenobia", TestOrganization.Password];

    /// <summary>The client's own trace of the request that creates the contact.</summary>
    public string ContactTrace { get; } = "4bf92f3577b34da6a3ce929d0e0e4736";

    /// <summary>And of the one that invites.</summary>
    public string InvitationTrace { get; } = "0af7651916cd43dd8448eb211c80319c";

    public Guid OrganizationId { get; private set; }

    /// <summary>The id of the request that fails.</summary>
    public string FailedRequest => RequestId;

    public IReadOnlyList<FinishedSpan> Spans => [.. Bodies(OtlpReceiver.Traces).SelectMany(FinishedSpan.Read)];

    /// <summary>All that was told, logs and metrics too, as far as it is text.</summary>
    public string All => string.Concat(_told.Select(one => Encoding.UTF8.GetString(one.Body)));

    public string Logs => string.Concat(Bodies("/v1/logs").Select(Encoding.UTF8.GetString));

    public string Metrics => string.Concat(Bodies("/v1/metrics").Select(Encoding.UTF8.GetString));

    /// <summary>The log of the host.</summary>
    public string HostLog { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var connection = "";
        await using var app = await services.StartApp(settings => connection = settings["Database:ConnectionString"]);
        await using var collector = await OtlpReceiver.Start((path, body) => _told.Enqueue((path, body)), CancellationToken.None);
        await using var handler = new KillableHandler(
            connection, services.NewQueues(), app.Providers, settings: collector.Export(new Dictionary<string, string>(StringComparer.Ordinal)));
        await handler.Start();
        await Walk(app, handler);
        await Told("process SendEmail", "process SendMessage", "walk-0123456789", "crm.queue.lag", "crm.send_ledger.calls", "holds 1 message");
        HostLog = handler.Log;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task Walk(TestApp app, KillableHandler handler)
    {
        var org = await app.NewOrganization();
        OrganizationId = org.Id;
        Secrets.AddRange([org.Owner.AccessToken!, org.Owner.Email, org.Staff.Email]);
        var contact = (await handler.Send(
            org.Owner, HttpMethod.Post, "/contacts", JsonContent.Create(new { firstName = "Zenobia", email = Contact, phone = Phone, notes = Text }), 201,
            ("traceparent", $"00-{ContactTrace}-00f067aa0ba902b7-01"))).GetProperty("id").GetGuid();
        await handler.Send(org.Owner, HttpMethod.Get, "/contacts?search=zenobia.secret", null, 200);
        await handler.Send(
            org.Owner, HttpMethod.Post, "/auth/invite", JsonContent.Create(new { email = Guest, role = "staff" }), 201,
            ("traceparent", $"00-{InvitationTrace}-00f067aa0ba902b7-01"));
        var token = Token().Match((await app.Mails(Guest))[0].Text!).Groups["token"].Value;
        Assert.NotEmpty(token);
        Secrets.Add(token);
        await handler.Send(org.Owner, HttpMethod.Get, $"/auth/invitations/{token}/preview", null, 200);
        await handler.Send(
            org.Owner, HttpMethod.Post, "/auth/login", JsonContent.Create(new { email = org.Staff.Email, password = TestOrganization.Password }), 200);
        await handler.Send(
            org.Owner, HttpMethod.Post, "/messages", JsonContent.Create(new { contactId = contact, type = "sms", content = Text }), 201);
        await handler.Queues.GetQueueClient("send-email-poison").CreateAsync();
        await handler.Queues.GetQueueClient("send-email-poison").SendMessageAsync("{}");
        Assert.True((await handler.Fire("WatchQueues")).Succeeded);
        await app.Sql("alter table products rename to gone");
        await handler.Send(org.Owner, HttpMethod.Get, "/products", null, 500, ("X-Request-Id", RequestId));
    }

    private async Task Told(params string[] words)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (words.FirstOrDefault(word => !All.Contains(word, StringComparison.Ordinal)) is { } missing)
        {
            Assert.False(patience.IsCancellationRequested, $"Nobody was told of {missing}.");
            await Task.Delay(100);
        }
    }

    private IEnumerable<byte[]> Bodies(string path) => _told.Where(one => one.Path == path).Select(one => one.Body);

    [GeneratedRegex("token=(?<token>[A-Za-z0-9_-]{20,})", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Token();
}
