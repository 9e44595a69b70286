using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Crm.Functions.Tests.Fixture;

/// <summary>Talks to the app as a client does.</summary>
public class TestClient(TestApp app, string? accessToken)
{
    public string? AccessToken { get; } = accessToken;

    public Task<TestReply> Get(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Get, path, null, headers);

    public Task<TestReply> Post(string path, object? body = null, params (string Name, string Value)[] headers) => Send(HttpMethod.Post, path, body, headers);

    public Task<TestReply> Patch(string path, object? body, params (string Name, string Value)[] headers) => Send(HttpMethod.Patch, path, body, headers);

    public Task<TestReply> Delete(string path) => Send(HttpMethod.Delete, path, null);

    /// <summary>
    /// Sends a request, and holds its answer against the API's description; a string body or a form goes out as it is, anything else as JSON.
    /// </summary>
    public virtual async Task<TestReply> Send(HttpMethod method, string path, object? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (AccessToken is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AccessToken);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
            request.Content = body as HttpContent
                ?? new StringContent(body as string ?? JsonSerializer.Serialize(body, JsonSerializerOptions.Web), Encoding.UTF8, "application/json");
        using var response = await app.Http.SendAsync(request);
        var reply = new TestReply(
            $"{method} {path}",
            (int)response.StatusCode,
            response.Headers.Concat(response.Content.Headers)
                .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase),
            await response.Content.ReadAsStringAsync());
        await DocumentedAnswers.Check(reply, method, path);
        return reply;
    }
}

/// <summary>An answer of the app.</summary>
public sealed record TestReply(string Request, int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>The whole body.</summary>
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>What the envelope holds.</summary>
    public JsonElement Data => Json.GetProperty("data");

    /// <summary>The error's code, or null.</summary>
    public string? Code => Body.Length > 0 && Json.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null;

    /// <summary>The fields the error names.</summary>
    public string[] Fields => [.. Json.GetProperty("error").GetProperty("details").EnumerateArray().Select(detail => detail.GetProperty("field").GetString()!)];

    /// <summary>Fails, showing the body, unless the answer has this status and, when given, this error code.</summary>
    public TestReply Expect(int status, string? code = null)
    {
        Assert.True(Status == status && (code is null || Code == code), $"{Request}: expected {status} {code}, got {Status} {Body}");
        return this;
    }
}
