using System.Net;

namespace Crm.Functions.Tests.Local;

/// <summary>The host against a real isolated worker: what it sends is what functions can use.</summary>
public sealed class IsolatedWorkerTests(LocalQueues queues) : IAsyncLifetime
{
    private readonly SampleCalls _calls = new();
    private readonly string _queue = LocalQueues.NewName();
    private TestHost _host = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await TestHost.Open(SampleWorker.Launcher(_calls, _queue));
        await _host.Host.Start(new Dictionary<string, string>(), queues.Raw, Ct);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_request_comes_with_its_route_and_query_and_from_where_the_host_saw_it()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo/a%2Fb?n=7") { Content = new StringContent("hello") };
        request.Headers.Add("X-Forwarded-For", "203.0.113.7");
        request.Headers.Add("x-ms-invocation-id", Guid.NewGuid().ToString());
        using var response = await _host.Client.SendAsync(request, Ct);

        Assert.Equal("hello", await response.Content.ReadAsStringAsync(Ct));
        Assert.Equal(["a%2Fb", 7, "127.0.0.1", "http", _host.Host.Address.Authority], await _calls.Next());
    }

    [Theory]
    [InlineData(11)]
    [InlineData(40)]
    public async Task A_large_body_passes(int mebibytes)
    {
        var body = new byte[mebibytes * 1024 * 1024];
        Random.Shared.NextBytes(body);
        using var response = await _host.Send("POST", "/echo/1?n=1", new ByteArrayContent(body));

        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync(Ct));
    }

    [Fact]
    public async Task A_function_that_throws_is_an_empty_500()
    {
        using var response = await _host.Send("GET", "/throw");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsStringAsync(Ct));
        Assert.Contains("thrown at /throw", await _host.LogWith("thrown at /throw"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_that_does_not_fit_its_parameter_is_a_500() =>
        Assert.Equal(HttpStatusCode.InternalServerError, await _host.Status("POST", "/echo/1?n=many"));

    [Fact]
    public async Task A_client_that_leaves_is_told_to_the_function_by_both_ways()
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var call = _host.Client.GetAsync("/wait", leave.Token);
        Assert.Equal(["waiting"], await _calls.Next());
        await leave.CancelAsync();

        Assert.Equal(["left", true], await _calls.Next());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task A_text_comes_with_what_the_queue_says_of_it_by_name()
    {
        var sent = await Send("text", "Zoë 🚀");

        var call = await _calls.Next();
        Assert.Equal(["Zoë 🚀", 1, sent.InsertionTime, sent.MessageId], call[..4]);
        Assert.NotEmpty((string)call[4]!);
    }

    [Fact]
    public async Task A_record_is_read_from_the_message_and_its_members_bind_by_name()
    {
        await Send("record", """{"name":"Zoë","count":3}""");

        Assert.Equal([new SampleFunctions.Thing("Zoë", 3), "Zoë"], await _calls.Next());
    }

    [Fact]
    public async Task A_function_may_ask_for_the_message_itself()
    {
        var sent = await Send("whole", "all of it");

        Assert.Equal(["all of it", sent.MessageId, 1L, sent.InsertionTime], await _calls.Next());
    }

    [Fact]
    public async Task A_timer_knows_when_it_was_and_will_be_called()
    {
        Assert.True((await _host.Host.Fire("Tick", Ct)).Succeeded);

        var call = await _calls.Next();
        Assert.Equal([false, default(DateTime)], call[..2]);
        Assert.Equal(TimeSpan.FromHours(3), ((DateTime)call[2]!).TimeOfDay);
    }

    private async Task<Azure.Storage.Queues.Models.SendReceipt> Send(string suffix, string text)
    {
        var queue = queues.Service.GetQueueClient($"{_queue}-{suffix}");
        await queue.CreateAsync(cancellationToken: Ct);
        return (await queue.SendMessageAsync(text, Ct)).Value;
    }
}
