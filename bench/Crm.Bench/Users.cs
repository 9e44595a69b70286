using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Crm.Bench;

/// <summary>An owner of each organisation that is measured, signed in.</summary>
public sealed class Users
{
    private readonly Dictionary<Guid, string> _tokens = [];

    /// <summary>Good in every process that runs the CRM: they share key and database.</summary>
    public string Token(Guid organization) => _tokens[organization];

    public static async Task<Users> SignIn(Uri api, CancellationToken ct)
    {
        var users = new Users();
        using var client = new HttpClient { BaseAddress = api };
        foreach (var (number, organization) in new[] { (1, BenchDatabase.Large), (2, BenchDatabase.Small), (11, BenchDatabase.Written) })
        {
            using var response = await client.PostAsJsonAsync(
                "/auth/login", new { email = $"user1@bench-{number}.test", password = BenchDatabase.Password }, ct);
            response.EnsureSuccessStatusCode();
            users._tokens[organization] = (string)(await response.Content.ReadFromJsonAsync<JsonNode>(ct))!["accessToken"]!;
        }

        return users;
    }

    /// <summary>A client of one's own, as the owner of an organisation.</summary>
    public HttpClient Client(Uri api, Guid organization) =>
        new() { BaseAddress = api, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Token(organization)) } };

    public Requests Hello => new("/hello", Token(BenchDatabase.Large));

    public Requests List(Guid organization) => new("/contacts", Token(organization));
}
