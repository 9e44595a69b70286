using System.Text.Json.Nodes;
using Azure.Storage.Queues;
using Crm.Local.FunctionsHost;

namespace Crm.Functions.Tests.Local;

public sealed class QueueListenerTests(LocalQueues queues) : IAsyncLifetime
{
    private readonly TestWorkers _workers = new();
    private QueueClient _queue = null!;
    private TestHost? _host;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Poison => $"{_queue.Name}-poison";

    public async ValueTask InitializeAsync()
    {
        _queue = await queues.Create();
        _workers.Add("SendMail", """{"name":"message","direction":"In","type":"queueTrigger","queueName":"%MAIL%","dataType":"String","properties":{}}""");
    }

    public ValueTask DisposeAsync() => _host?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task A_message_reaches_the_function_in_the_form_of_the_real_host()
    {
        await Listen();
        await _queue.SendMessageAsync("""{"id":"42 \"x\"","n":7,"on":true,"sub":{"a":[1]},"list":[1],"none":null}""", Ct);

        var call = await NextCall();

        Assert.Equal("SendMail", call.Function);
        Assert.True(Guid.TryParse(call.Request.InvocationId, out _));
        Assert.NotNull(call.Request.TraceContext);
        Assert.Equal("message", call.Request.InputData.Single().Name);
        Assert.Equal("""{"id":"42 \"x\"","n":7,"on":true,"sub":{"a":[1]},"list":[1],"none":null}""", call.Input.String);
        Assert.Equal(call.Input.String, call["QueueTrigger"].String);
        Assert.Equal("1", call["DequeueCount"].Json);
        Assert.Matches(@"^""\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00""$", call["InsertionTime"].Json);
        Assert.Matches(@"^""\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00""$", call["ExpirationTime"].Json);
        Assert.Matches(@"^""\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00""$", call["NextVisibleTime"].Json);
        Assert.NotEmpty(call["PopReceipt"].String);
        // The message's own members come by name too, and replace the host's.
        Assert.Equal(("42 \"x\"", "7", "True", """{"a":[1]}"""), (call["id"].String, call["n"].String, call["on"].String, call["sub"].Json));
        Assert.DoesNotContain("list", call.Request.TriggerMetadata.Keys);
        Assert.DoesNotContain("none", call.Request.TriggerMetadata.Keys);
    }

    [Fact]
    public async Task A_function_that_wants_the_message_itself_gets_all_that_the_queue_knows_of_it()
    {
        _workers.Functions.Clear();
        _workers.Add(
            "SendMail", """{"name":"message","direction":"In","type":"queueTrigger","queueName":"%MAIL%","properties":{"supportsDeferredBinding":"True"}}""");
        await Listen();
        var sent = (await _queue.SendMessageAsync("Zoë", Ct)).Value;

        var data = (await NextCall()).Input.ModelBindingData;
        var content = JsonNode.Parse(data.Content.ToStringUtf8())!;

        Assert.Equal(("1.0", "AzureStorageQueues", "application/json"), (data.Version, data.Source, data.ContentType));
        Assert.Equal((sent.MessageId, "Zoë", 1), ((string?)content["MessageId"], (string?)content["MessageText"], (int)content["DequeueCount"]!));
        Assert.Equal(sent.InsertionTime, (DateTimeOffset)content["InsertedOn"]!);
        Assert.NotNull(content["PopReceipt"]);
        Assert.NotNull(content["NextVisibleOn"]);
        Assert.NotNull(content["ExpiresOn"]);
    }

    [Fact]
    public async Task A_message_whose_function_succeeded_is_deleted()
    {
        await Listen();
        await _queue.SendMessageAsync("fine", Ct);

        await NextCall();
        await UntilCountIs(_queue.Name, 0);

        Assert.Single(_workers.Calls);
        Assert.Equal(0, await queues.Count(Poison));
    }

    [Fact]
    public async Task A_failed_message_comes_again_with_a_growing_count_until_it_succeeds()
    {
        var answers = 0;
        _workers.Succeeds = _ => Task.FromResult(Interlocked.Increment(ref answers) == 3);
        await Listen();
        await _queue.SendMessageAsync("third time lucky", Ct);

        foreach (var expected in new[] { "1", "2", "3" })
            Assert.Equal(expected, (await NextCall())["DequeueCount"].Json);

        await UntilCountIs(_queue.Name, 0);
        Assert.Equal(3, _workers.Calls.Count);
    }

    [Fact]
    public async Task A_message_that_always_fails_ends_in_the_poison_queue_with_its_text_intact()
    {
        _workers.Succeeds = static _ => Task.FromResult(false);
        await Listen();
        await _queue.SendMessageAsync("{\"name\":\"Zoë\"}", Ct);

        await UntilCountIs(Poison, 1);
        await UntilCountIs(_queue.Name, 0);

        Assert.Equal(5, _workers.Calls.Count);
        Assert.Equal("{\"name\":\"Zoë\"}", (await queues.Service.GetQueueClient(Poison).ReceiveMessageAsync(cancellationToken: Ct)).Value.MessageText);
    }

    [Fact]
    public async Task A_message_that_is_not_base64_goes_straight_to_the_poison_queue()
    {
        await Listen();
        await queues.Raw.GetQueueClient(_queue.Name).SendMessageAsync("not base64!", Ct);

        await UntilCountIs(Poison, 1);
        await UntilCountIs(_queue.Name, 0);

        Assert.Empty(_workers.Calls);
        Assert.Equal("not base64!", (await queues.Raw.GetQueueClient(Poison).ReceiveMessageAsync(cancellationToken: Ct)).Value.MessageText);
    }

    [Fact]
    public async Task Every_one_of_many_messages_is_delivered_exactly_once()
    {
        var texts = Enumerable.Range(0, 100).Select(i => $"message {i}").ToList();
        await Task.WhenAll(texts.Select(text => _queue.SendMessageAsync(text, Ct)));

        await Listen();
        await UntilCountIs(_queue.Name, 0);

        Assert.Equal(texts.Order(StringComparer.Ordinal), _workers.Calls.Select(call => call.Input.String).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_batch_runs_at_once_and_the_next_is_fetched_when_half_of_it_has_ended()
    {
        var ends = Enumerable.Range(0, 6).Select(_ => new TaskCompletionSource<bool>()).ToArray();
        var calls = 0;
        _workers.Succeeds = _ => ends[Interlocked.Increment(ref calls) - 1].Task;
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => _queue.SendMessageAsync($"{i}", Ct)));
        await Listen(new() { BatchSize = 4 });
        for (var n = 0; n < 4; n++)
            await NextCall();
        ends[0].SetResult(true);
        await Task.Delay(200, Ct);
        Assert.Equal(4, _workers.Calls.Count);

        ends[1].SetResult(true);
        await NextCall();
        await NextCall();
        foreach (var end in ends[2..])
            end.SetResult(true);
        await UntilCountIs(_queue.Name, 0);
    }

    [Fact]
    public async Task A_stopping_host_tells_its_functions_and_settles_what_they_answer()
    {
        var end = new TaskCompletionSource<bool>();
        _workers.Succeeds = _ => end.Task;
        await Listen();
        await _queue.SendMessageAsync("long", Ct);
        var id = (await NextCall()).Request.InvocationId;

        var stopped = _host!.DisposeAsync().AsTask();
        while (!_workers.Heard.Any(message => message.InvocationCancel?.InvocationId == id))
            await Task.Delay(10, Ct);
        end.SetResult(true);
        await stopped;
        _host = null;

        Assert.Equal(0, await queues.Count(_queue.Name));
    }

    [Fact]
    public async Task A_message_whose_worker_died_comes_again()
    {
        _workers.Succeeds = call => call["DequeueCount"].Json == "1" ? new TaskCompletionSource<bool>().Task : Task.FromResult(true);
        await Listen();
        await _queue.SendMessageAsync("survivor", Ct);
        await NextCall();
        await _workers.Latest!.DisposeAsync();

        Assert.Equal("2", (await NextCall())["DequeueCount"].Json);
        await UntilCountIs(_queue.Name, 0);
        Assert.Equal(2, _workers.Started);
    }

    private async Task Listen(QueueSettings? settings = null) => _host = await TestHost.Start(
        _workers,
        queues.Raw,
        new() { ["MAIL"] = _queue.Name },
        options => options with { App = options.App with { QueueSettings = settings ?? new() { MaxDequeueCount = 5 } } });

    /// <summary>What the host said tells why none came.</summary>
    private async Task<SeenCall> NextCall()
    {
        try
        {
            return await _workers.NextCall();
        }
        catch (TimeoutException)
        {
            Assert.Fail($"After {_workers.Calls.Count} calls no other came, with {await queues.Count(_queue.Name)} messages left: {await _host!.Log()}");
            throw;
        }
    }

    private async Task UntilCountIs(string queue, int count)
    {
        while (await queues.Count(queue) != count)
            await Task.Delay(20, Ct);
    }
}
