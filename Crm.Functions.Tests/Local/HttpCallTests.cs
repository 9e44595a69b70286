using System.Net;
using System.Text.Json.Nodes;

namespace Crm.Functions.Tests.Local;

/// <summary>A call over HTTP: what the worker gets by both ways, and how the two answers become one.</summary>
public sealed class HttpCallTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly TestWorkers _workers = new();
    private TestHost _host = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _workers.AddHttp("Move", "deals/{id}/{stage?}");
        _host = await TestHost.Start(_workers);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Path_query_body_and_headers_arrive_untouched_with_the_hosts_own_in_place_of_the_clients()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/deals/7?q=a%2Fb%20c&tags=x,y") { Content = new StringContent("{\"name\":\"Zoë\"}") };
        request.Headers.Add("Authorization", "Bearer abc");
        request.Headers.Add("X-Forwarded-For", "203.0.113.7");
        request.Headers.Add("X-Forwarded-Host", "evil.test");
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("x-ms-invocation-id", "mine");
        request.Headers.Add("Connection", "close");

        using var response = await _host.Client.SendAsync(request, Ct);
        var seen = await _workers.NextRequest();
        var call = await _workers.NextCall();

        Assert.Equal("/deals/7?q=a%2Fb%20c&tags=x,y", seen.Target);
        Assert.Equal("{\"name\":\"Zoë\"}", seen.Body);
        Assert.Equal(seen.Body, await response.Content.ReadAsStringAsync(Ct));
        Assert.Equal("Bearer abc", seen.Headers["Authorization"]);
        Assert.Equal("127.0.0.1", seen.Headers["X-Forwarded-For"]);
        Assert.Equal(_host.Host.Address.Authority, seen.Headers["X-Forwarded-Host"]);
        Assert.Equal("http", seen.Headers["X-Forwarded-Proto"]);
        Assert.True(Guid.TryParse(seen.Headers["x-ms-invocation-id"], out _));
        Assert.Equal(seen.Headers["x-ms-invocation-id"], call.Request.InvocationId);
        Assert.DoesNotContain("Connection", seen.Headers.Keys);
        Assert.Equal("yes", Assert.Single(response.Headers.GetValues("X-From-Worker")));
    }

    [Fact]
    public async Task Route_and_query_values_come_by_name_and_the_route_wins()
    {
        await _host.Status("GET", "/deals/a%20b?q=1&Q=2&code=key&ID=7&x=%C3%A9");
        var call = await _workers.NextCall();

        Assert.Equal(["id", "q", "x"], call.Request.TriggerMetadata.Keys.Order(StringComparer.OrdinalIgnoreCase), StringComparer.OrdinalIgnoreCase);
        Assert.Equal(("a b", "1,2", "é"), (call["id"].String, call["q"].String, call["x"].String));
        Assert.Equal("req", Assert.Single(call.Request.InputData).Name);
        Assert.NotNull(call.Input.Http);
        Assert.NotNull(call.Request.TraceContext);
    }

    [Fact]
    public async Task What_a_front_end_said_about_the_client_comes_with_the_call()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/deals/1");
        request.Headers.Add("X-Forwarded-For", ["203.0.113.7", "198.51.100.9:4711"]);
        using var response = await _host.Client.SendAsync(request, Ct);

        var headers = JsonNode.Parse((await _workers.NextCall())["Headers"].Json)!;
        Assert.Equal("203.0.113.7, 198.51.100.9:4711", ((string?)headers["X-Forwarded-For"])!.Replace(",1", ", 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_workers_status_comes_back_as_it_is()
    {
        _workers.Reply = (context, seen) =>
        {
            context.Response.StatusCode = StatusCodes.Status409Conflict;
            return context.Response.WriteAsync(seen.Body);
        };
        using var response = await _host.Send("POST", "/deals/1", new StringContent("taken"));

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal("taken", await response.Content.ReadAsStringAsync(Ct));
    }

    [Fact]
    public async Task A_failed_invocation_is_a_500_whatever_the_other_half_said()
    {
        _workers.Reply = static (_, _) => Task.CompletedTask;
        _workers.Succeeds = static _ => Task.FromResult(false);
        using var response = await _host.Send("GET", "/deals/1");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsStringAsync(Ct));
        Assert.False(response.Headers.Contains("X-From-Worker"));
        Assert.Contains("told to fail", await _host.LogWith("told to fail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_had_begun_when_its_function_failed_is_cut()
    {
        _workers.Succeeds = static _ => Task.FromResult(false);
        _workers.Reply = static (context, _) => context.Response.WriteAsync("all of it");

        await Assert.ThrowsAsync<HttpRequestException>(() => _host.Client.GetStringAsync("/deals/1", Ct));
    }

    [Fact]
    public async Task A_client_that_leaves_cancels_its_call()
    {
        var arrived = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        var end = new TaskCompletionSource<bool>();
        _workers.Succeeds = _ => end.Task;
        _workers.Reply = async (context, _) =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var call = _host.Client.GetAsync("/deals/1", leave.Token);
        await arrived.Task.WaitAsync(Soon, Ct);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        await aborted.Task.WaitAsync(Soon, Ct);
        var id = (await _workers.NextCall()).Request.InvocationId;
        while (!_workers.Heard.Any(message => message.InvocationCancel?.InvocationId == id))
            await Task.Delay(10, Ct);
        end.SetResult(false);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(40)]
    public async Task A_large_body_passes_both_ways(int mebibytes)
    {
        var body = new string('x', mebibytes * 1024 * 1024);
        using var response = await _host.Send("POST", "/deals/1", new StringContent(body));

        Assert.Equal(body.Length, (await response.Content.ReadAsByteArrayAsync(Ct)).Length);
    }

    [Fact]
    public async Task An_answer_comes_as_it_is_written_and_not_at_its_end()
    {
        var go = new TaskCompletionSource();
        _workers.Reply = async (context, _) =>
        {
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await go.Task;
            await context.Response.WriteAsync(" second");
        };
        using var response = await _host.Send("GET", "/deals/1");
        await using var body = await response.Content.ReadAsStreamAsync(Ct);
        var buffer = new byte[5];
        await body.ReadExactlyAsync(buffer, Ct).AsTask().WaitAsync(Soon, Ct);
        Assert.Equal("first"u8.ToArray(), buffer);

        go.SetResult();
        using var rest = new StreamReader(body);
        Assert.Equal(" second", await rest.ReadToEndAsync(Ct));
    }
}
