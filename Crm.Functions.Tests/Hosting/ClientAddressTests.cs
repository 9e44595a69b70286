using System.Net;
using System.Text;
using Crm.Functions.Requests;

namespace Crm.Functions.Tests.Hosting;

/// <summary>Who called, behind a front end: the host's own word for it, never the client's.</summary>
public sealed class ClientAddressTests
{
    private const string Peer = "10.0.0.1";
    private const string Client = "198.51.100.9";
    private const string Forwarded = """{"X-Forwarded-For":"6.6.6.6, 198.51.100.9:4711"}""";

    [Theory]
    [InlineData("", null, Client)]
    [InlineData("?page=2", null, Client)]
    [InlineData("", """{"email":"ann@example.com","password":"x"}""", Client)]
    [InlineData("""?headers={"X-Forwarded-For":"6.6.6.6"}""", null, Peer)]
    [InlineData("?HEADERS=x", null, Peer)]
    [InlineData("", """{"Headers":"{}"}""", Peer)]
    [InlineData("", """{"email":"a","\u0068eaders":{}}""", Peer)]
    [InlineData("", "not json", Peer)]
    [InlineData("", "[]", Peer)]
    public async Task The_front_end_is_believed_where_the_client_cannot_have_written_the_same(string query, string? body, string expected)
    {
        var http = Request(query, body);

        await Address(trusts: true).Correct(http, Metadata);

        Assert.Equal(expected, ClientAddress.Of(http));
        using var reader = new StreamReader(http.Request.Body);
        Assert.Equal(body ?? "", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_body_too_large_to_look_through_leaves_the_peer()
    {
        var http = Request("", $$"""{"notes":"{{new string('x', 70_000)}}"}""");
        await Address(trusts: true).Correct(http, Metadata);
        Assert.Equal(Peer, ClientAddress.Of(http));
    }

    [Fact]
    public async Task Without_the_setting_the_peer_is_the_client()
    {
        var http = Request("", null);
        await Address(trusts: false).Correct(http, Metadata);
        Assert.Equal(Peer, ClientAddress.Of(http));
    }

    private static Dictionary<string, object?> Metadata => new(StringComparer.OrdinalIgnoreCase) { ["Headers"] = Forwarded };

    private static ClientAddress Address(bool trusts) =>
        new(new ConfigurationBuilder().AddInMemoryCollection([new("ClientAddress:TrustFrontEnd", trusts ? "true" : "false")]).Build());

    private static DefaultHttpContext Request(string query, string? body)
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Parse(Peer);
        http.Request.QueryString = new(query);
        if (body is not null)
        {
            http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
            http.Request.ContentLength = http.Request.Body.Length;
        }

        return http;
    }
}
