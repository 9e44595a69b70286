using System.Text;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Admin;

/// <summary>Messages that failed too often are put back by an operator.</summary>
public sealed class RedriveTests(TestServices services)
{
    private const int Many = 40;

    private readonly string _queues = services.NewQueues();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_of_a_queue_goes_back_as_it_was_and_the_others_stay()
    {
        var queues = StorageQueues.Connect(_queues);
        for (var number = 0; number < Many; number++)
            await queues.Send("send-email-poison", $$"""{"number":{{number}}}""", Ct);
        await queues.Send("import-contacts-poison", "{}", Ct);
        Assert.Contains($"{Many,8}  send-email\n", (await Run()).Output, StringComparison.Ordinal);

        Assert.Equal($"{Many} message(s) are back in send-email.\n", (await Run("--queue", "send-email")).Output);

        Assert.Equal(0, await queues.Depth("send-email-poison", Ct));
        Assert.Equal(1, await queues.Depth("import-contacts-poison", Ct));
        var bodies = new HashSet<string>(StringComparer.Ordinal);
        while ((await queues.GetQueueClient("send-email").ReceiveMessagesAsync(32, TimeSpan.FromMinutes(5), Ct)).Value is { Length: > 0 } messages)
            bodies.UnionWith(messages.Select(message => message.Body.ToString()));
        Assert.Equal(Many, bodies.Count);
        Assert.Contains("""{"number":0}""", bodies);
    }

    [Fact]
    public async Task A_message_that_is_not_base64_does_not_stop_the_others()
    {
        var raw = StorageQueues.Connect(_queues, Azure.Storage.Queues.QueueMessageEncoding.None);
        await raw.Send("send-email-poison", "not base64!", Ct);
        await raw.Send("send-email-poison", Convert.ToBase64String(Encoding.UTF8.GetBytes("{}")), Ct);

        Assert.Equal("2 message(s) are back in send-email.\n", (await Run("--queue", "send-email")).Output);
    }

    [Fact]
    public async Task An_empty_or_unknown_queue_is_said_to_be_so()
    {
        Assert.Equal("0 message(s) are back in send-message.\n", (await Run("--queue", "send-message")).Output);

        var unknown = await Run("--queue", "send-emails");
        Assert.Equal(1, unknown.ExitCode);
        Assert.StartsWith("There is no queue send-emails: send-email, ", unknown.Error, StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Output, string Error)> Run(params string[] options) =>
        AdminCommand.Run(["redrive", .. options], new Dictionary<string, string> { ["AzureWebJobsStorage"] = _queues });
}
