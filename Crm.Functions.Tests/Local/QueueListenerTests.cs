using Crm.Local.FunctionsHost;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Local;

public sealed class QueueListenerTests(LocalQueues queues) : IAsyncLifetime
{
    private readonly QueueFunction _function = new("SendMail", "message", LocalQueues.NewName());
    private readonly CancellationTokenSource _stop = new();
    private TestHandler _handler = null!;
    private Task _listening = Task.CompletedTask;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _handler = await TestHandler.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listening;
        await _handler.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task A_message_reaches_the_function_in_the_form_of_the_real_host()
    {
        Listen();
        await queues.Client.Send(_function.Queue, """{"id":"42 \"x\""}""", Ct);

        var request = await _handler.NextAsync();

        Assert.Equal(("POST", "/SendMail"), (request.Method, request.Target));
        Assert.Equal("application/json; charset=utf-8", request.Headers["Content-Type"]);
        Assert.True(Guid.TryParse(request.Headers["X-Azure-Functions-InvocationId"], out _));
        Assert.StartsWith("Azure-Functions-Host/4.", request.Headers["User-Agent"], StringComparison.Ordinal);

        var encoded = (string)request.Json["Data"]!["message"]!;
        Assert.Equal("""{"id":"42 \"x\""}""", System.Text.Json.JsonSerializer.Deserialize<string>(encoded));
        var metadata = request.Json["Metadata"]!;
        Assert.Equal("1", (string?)metadata["DequeueCount"]);
        Assert.Matches("^\"[0-9a-f-]{36}\"$", (string?)metadata["Id"]);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$", (string?)metadata["InsertionTime"]);
        Assert.Equal("SendMail", (string?)metadata["sys"]!["MethodName"]);
    }

    [Fact]
    public async Task A_message_whose_function_succeeded_is_deleted()
    {
        Listen();
        await queues.Client.Send(_function.Queue, "fine", Ct);

        await _handler.NextAsync();
        await UntilCountIsAsync(_function.Queue, 0);

        Assert.Single(_handler.All);
        Assert.Equal(0, await queues.Client.Depth($"{_function.Queue}-poison", Ct));
    }

    [Fact]
    public async Task A_failed_message_comes_again_with_a_growing_count_until_it_succeeds()
    {
        var answers = 0;
        _handler.Answer = _ => Interlocked.Increment(ref answers) < 3 ? 500 : 200;
        Listen();
        await queues.Client.Send(_function.Queue, "third time lucky", Ct);

        foreach (var expected in new[] { "1", "2", "3" })
        {
            Assert.Equal(expected, (string?)(await _handler.NextAsync()).Json["Metadata"]!["DequeueCount"]);
        }

        await UntilCountIsAsync(_function.Queue, 0);
        Assert.Equal(3, _handler.All.Count);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(204)]
    public async Task A_message_that_always_fails_ends_in_the_poison_queue_with_its_text_intact(int status)
    {
        _handler.Answer = _ => status;
        Listen();
        await queues.Client.Send(_function.Queue, "{\"name\":\"Zoë\"}", Ct);

        await UntilCountIsAsync($"{_function.Queue}-poison", 1);
        await UntilCountIsAsync(_function.Queue, 0);

        Assert.Equal(5, _handler.All.Count);
        var poison = Assert.Single((await queues.Client.GetQueueClient($"{_function.Queue}-poison").ReceiveMessagesAsync(Ct)).Value);
        Assert.Equal("{\"name\":\"Zoë\"}", poison.MessageText);
    }

    [Fact]
    public async Task Every_one_of_many_messages_is_delivered_exactly_once()
    {
        var texts = Enumerable.Range(0, 100).Select(i => $"message {i}").ToList();
        await Task.WhenAll(texts.Select(text => queues.Client.Send(_function.Queue, text, Ct)));

        Listen();
        await UntilCountIsAsync(_function.Queue, 0);

        Assert.Equal(texts.Order(StringComparer.Ordinal), _handler.All.Select(TextOf).Order(StringComparer.Ordinal));
    }

    private static string TextOf(SeenRequest request) => System.Text.Json.JsonSerializer.Deserialize<string>((string)request.Json["Data"]!["message"]!)!;

    private void Listen() => _listening = new QueueListener(_function, new QueueSettings { MaxDequeueCount = 5 }, queues.Client, _handler.Invoker).RunAsync(_stop.Token);

    private async Task UntilCountIsAsync(string queue, int count)
    {
        while (await queues.Client.Depth(queue, Ct) != count)
        {
            await Task.Delay(20, Ct);
        }
    }
}
