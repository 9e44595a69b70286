using System.Net;

namespace Crm.Functions.Tests.Local;

/// <summary>The public port: which function gets a request, and what the host answers by itself.</summary>
public sealed class HttpFrontTests : IAsyncLifetime
{
    private readonly TestWorkers _workers = new();
    private TestHost _host = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _workers.AddHttp("Api", "api/{*path}");
        _workers.AddHttp("GetContact", "contacts/{id:guid}", "get");
        _workers.AddHttp("ListContacts", "contacts", "get", "post");
        _workers.AddHttp("Sneaky", "admin/contacts", "get");
        _workers.AddHttp("Unwanted", "unwanted", "get");
        _workers.AddHttp("Damaged", "damaged", "get");
        _workers.Add("SendMail", """{"name":"message","direction":"In","type":"queueTrigger","queueName":"mail"}""");
        _workers.Broken = "Damaged";
        var settings = new Dictionary<string, string> { ["AzureWebJobs.Unwanted.Disabled"] = "true", ["AzureWebJobs.SendMail.Disabled"] = "1" };
        _host = await TestHost.Start(_workers, settings: settings, change: options => options with { Cors = ["http://localhost:3000"] });
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("GET", "/contacts", "ListContacts")]
    [InlineData("POST", "/contacts", "ListContacts")]
    [InlineData("GET", "/Contacts/", "ListContacts")]
    [InlineData("GET", "/contacts/01938a1e-7f3c-7000-8000-000000000001", "GetContact")]
    [InlineData("DELETE", "/api/reports/export", "Api")]
    [InlineData("HEAD", "/api/contacts", "Api")]
    [InlineData("GET", "/api", "Api")]
    public async Task A_declared_route_reaches_its_function_in_both_halves(string method, string path, string function)
    {
        using var response = await _host.Send(method, path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal((method, path), ((await _workers.NextRequest()).Method, Assert.Single(_workers.Requests).Target));
        Assert.Equal(function, (await _workers.NextCall()).Function);
    }

    [Theory]
    [InlineData("GET", "/nowhere")]
    [InlineData("DELETE", "/contacts")]
    [InlineData("HEAD", "/contacts")]
    [InlineData("GET", "/contacts/not-a-guid")]
    [InlineData("POST", "/SendMail")]
    [InlineData("POST", "/api/../SendMail")]
    [InlineData("GET", "/admin/contacts")]
    [InlineData("POST", "/admin/functions/SendMail")]
    [InlineData("POST", "/runtime/webhooks/x")]
    [InlineData("OPTIONS", "/contacts")]
    [InlineData("GET", "/unwanted")]
    public async Task Anything_else_is_a_bare_404_and_never_reaches_the_worker(string method, string path)
    {
        using var response = await _host.Send(method, path);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsStringAsync(Ct));
        Assert.Empty(_workers.Requests);
        Assert.Empty(_workers.Calls);
    }

    [Fact]
    public async Task The_root_answers_that_the_host_is_there_where_no_function_has_it() =>
        Assert.Equal(HttpStatusCode.NoContent, await _host.Status("GET", "/"));

    [Fact]
    public async Task A_function_that_could_not_be_loaded_fails_alone()
    {
        Assert.Equal(HttpStatusCode.InternalServerError, await _host.Status("GET", "/damaged"));
        Assert.Equal(HttpStatusCode.OK, await _host.Status("GET", "/contacts"));
        Assert.Single(_workers.Calls);
    }

    [Fact]
    public async Task Preflight_is_answered_by_the_host_and_only_for_an_allowed_origin()
    {
        Assert.Equal(["http://localhost:3000"], await AllowedOrigin("http://localhost:3000"));
        Assert.Empty(await AllowedOrigin("http://evil.test"));
        Assert.Empty(_workers.Requests);
    }

    [Fact]
    public async Task A_body_over_the_platforms_limit_is_refused()
    {
        using var content = new ByteArrayContent([]);
        content.Headers.ContentLength = (100L * 1024 * 1024) + 1;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/contacts") { Content = content };
        request.Headers.ExpectContinue = true;
        using var response = await _host.Client.SendAsync(request, Ct);

        // The real host has no 413 of its own.
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Empty(_workers.Requests);
        Assert.Empty(_workers.Calls);
    }

    [Fact]
    public async Task Each_request_is_a_line_of_the_log()
    {
        await _host.Status("GET", "/contacts?secret=1");
        await _host.Status("DELETE", "/contacts/a%0Ab");

        string log;
        while (!(log = await _host.Log()).Contains("DELETE", StringComparison.Ordinal))
            await Task.Delay(20, Ct);
        Assert.Matches(@"(?m)^\d\d:\d\d:\d\d\.\d{3} GET /contacts ListContacts 200 \d+\.\d ms$", log);
        Assert.Matches(@"(?m)^\d\d:\d\d:\d\d\.\d{3} DELETE /contacts/a%0Ab - 404 \d+\.\d ms$", log);
    }

    private async Task<IEnumerable<string>> AllowedOrigin(string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/contacts");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        using var response = await _host.Client.SendAsync(request, Ct);
        return response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values : [];
    }
}
