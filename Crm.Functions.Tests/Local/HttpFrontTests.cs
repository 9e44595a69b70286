using System.Net;
using Crm.Local.FunctionsHost;

namespace Crm.Functions.Tests.Local;

public sealed class HttpFrontTests : IAsyncLifetime
{
    private static readonly FunctionApp App = new("/app")
    {
        Executable = "/app/Crm.Functions",
        RoutePrefix = "",
        Http =
        [
            new("Api", "api/{*path}", []),
            new("GetContact", "contacts/{id:guid}", ["get"]),
            new("ListContacts", "contacts", ["get", "post"]),
            new("Sneaky", "admin/contacts", ["get"]),
        ],
        Queues = [new("SendMail", "message", "mail")],
    };

    private TestHandler _handler = null!;
    private HttpFront _front = null!;
    private HttpClient _client = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _handler = await TestHandler.StartAsync();
        _front = await HttpFront.StartAsync(App, _handler.Client, _handler.Address, port: 0, cors: ["http://localhost:3000"], Ct);
        _client = new HttpClient { BaseAddress = _front.Address };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _front.DisposeAsync();
        await _handler.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "/contacts")]
    [InlineData("POST", "/contacts")]
    [InlineData("GET", "/contacts/01938a1e-7f3c-7000-8000-000000000001")]
    [InlineData("DELETE", "/api/reports/export")]
    [InlineData("GET", "/api")]
    public async Task A_declared_route_is_forwarded(string method, string path)
    {
        using var response = await _client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Ct);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal((method, path), ((await _handler.NextAsync()).Method, Assert.Single(_handler.All).Target));
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/nowhere")]
    [InlineData("DELETE", "/contacts")]
    [InlineData("GET", "/contacts/not-a-guid")]
    [InlineData("POST", "/SendMail")]
    [InlineData("POST", "/api/../SendMail")]
    [InlineData("GET", "/admin/contacts")]
    [InlineData("OPTIONS", "/contacts")]
    public async Task Anything_else_is_a_bare_404_and_never_reaches_the_handler(string method, string path)
    {
        var uri = new Uri(_front.Address.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var response = await _client.SendAsync(new HttpRequestMessage(new HttpMethod(method), uri), Ct);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsStringAsync(Ct));
        Assert.Empty(_handler.All);
    }

    [Fact]
    public async Task Path_query_body_and_headers_arrive_untouched_with_the_hosts_own_added()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/contacts?q=a%2Fb%20c&tags=x,y") { Content = new StringContent("{\"name\":\"Zoë\"}") };
        request.Headers.Add("Authorization", "Bearer abc");
        request.Headers.Add("X-Forwarded-For", "203.0.113.7");
        request.Headers.Add("Connection", "X-Private");
        request.Headers.Add("X-Private", "for this hop only");

        using var response = await _client.SendAsync(request, Ct);
        var seen = await _handler.NextAsync();

        Assert.Equal("/contacts?q=a%2Fb%20c&tags=x,y", seen.Target);
        Assert.Equal("{\"name\":\"Zoë\"}", seen.Body);
        Assert.Equal(seen.Body, await response.Content.ReadAsStringAsync(Ct));
        Assert.Equal("Bearer abc", seen.Headers["Authorization"]);
        Assert.Equal("203.0.113.7, 127.0.0.1", seen.Headers["X-Forwarded-For"]);
        Assert.Equal(_front.Address.Authority, seen.Headers["X-Forwarded-Host"]);
        Assert.Equal("http", seen.Headers["X-Forwarded-Proto"]);
        Assert.True(Guid.TryParse(seen.Headers["X-Azure-Functions-InvocationId"], out _));
        Assert.DoesNotContain("X-Private", seen.Headers.Keys);
        Assert.Equal("yes", Assert.Single(response.Headers.GetValues("X-From-Handler")));
    }

    [Fact]
    public async Task The_handlers_status_comes_back_as_it_is()
    {
        _handler.Answer = _ => 409;
        using var response = await _client.PostAsync(new Uri("/contacts", UriKind.Relative), new StringContent("taken"), Ct);

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal("taken", await response.Content.ReadAsStringAsync(Ct));
    }

    [Fact]
    public async Task Preflight_is_answered_by_the_host_and_only_for_an_allowed_origin()
    {
        Assert.Equal(["http://localhost:3000"], await AllowedOriginAsync("http://localhost:3000"));
        Assert.Empty(await AllowedOriginAsync("http://evil.test"));
        Assert.Empty(_handler.All);
    }

    [Fact]
    public async Task A_body_over_the_platforms_limit_is_refused()
    {
        using var content = new ByteArrayContent([]);
        content.Headers.ContentLength = (100L * 1024 * 1024) + 1;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/contacts") { Content = content };
        request.Headers.ExpectContinue = true;
        using var response = await _client.SendAsync(request, Ct);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Empty(_handler.All);
    }

    private async Task<IEnumerable<string>> AllowedOriginAsync(string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/contacts");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        using var response = await _client.SendAsync(request, Ct);
        return response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values : [];
    }
}
