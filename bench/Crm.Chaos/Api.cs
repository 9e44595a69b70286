using System.Text.Json.Nodes;
using Crm.Local.Services;
using Npgsql;

namespace Crm.Chaos;

/// <summary>The demo owner's calls.</summary>
internal static class Api
{
    /// <summary>Of all contacts that are added.</summary>
    public static readonly string[] Tags = ["fire"];

    private const string ContactsSql = """
        insert into contacts (organization_id, id, owner_id, first_name, email, email_key, tags, created_at, updated_at)
        select u.organization_id, uuidv7(), u.id, 'Ann ' || n, 'chaos' || n || '@fire.test', 'chaos' || n || '@fire.test', '{fire}', now(), now()
        from generate_series(1, $1) n, users u
        where u.email = 'owner@acme.test'
        """;

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(10) };

    public static async Task AddContacts(Stack stack, int contacts, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(stack.ConnectionString);
        await connection.OpenAsync(ct);
        await using var insert = new NpgsqlCommand(ContactsSql, connection) { Parameters = { new() { Value = contacts } }, CommandTimeout = 600 };
        await insert.ExecuteNonQueryAsync(ct);
    }

    public static async Task SignIn(Stack stack, CancellationToken ct)
    {
        var reply = await Post($"{stack.Api}/auth/login", new { email = "owner@acme.test", password = "Passw0rd!demo" }, ct);
        Http.DefaultRequestHeaders.Authorization = new("Bearer", (string)reply["accessToken"]!);
    }

    public static async Task<JsonNode> Get(string url, CancellationToken ct) => await Try(() => Http.GetAsync(url, ct), ct);

    public static async Task<JsonNode> Post(string url, object body, CancellationToken ct) => await Try(() => Http.PostAsJsonAsync(url, body, ct), ct);

    // Whatever was killed is back within seconds: what is asked meanwhile is asked again.
    private static async Task<JsonNode> Try(Func<Task<HttpResponseMessage>> call, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var response = await call();
                var text = await response.Content.ReadAsStringAsync(ct);
                if (response.IsSuccessStatusCode)
                    return JsonNode.Parse(text.Length == 0 ? "{}" : text)!;
                if ((int)response.StatusCode < 500 && (int)response.StatusCode != 409 || attempt == 20)
                    throw new StackException($"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri}: {(int)response.StatusCode} {text}");
            }
            catch (HttpRequestException) when (attempt < 20)
            {
                // Asked again below.
            }

            await Task.Delay(1_000, ct);
        }
    }
}
