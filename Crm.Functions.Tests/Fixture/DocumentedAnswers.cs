using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Functions.OpenApi;

namespace Crm.Functions.Tests.Fixture;

/// <summary>
/// Holds the API's description against every answer that any test gets: its status and
/// code must be documented for the operation, and a success must look like its schema.
/// </summary>
public sealed partial class DocumentedAnswers
{
    /// <summary>What can happen anywhere, and is said once for all: broken requests, too many of them, and outages.</summary>
    private static readonly string[] General =
        [
            "VALIDATION_ERROR", "NOT_FOUND", "METHOD_NOT_ALLOWED", "PAYLOAD_TOO_LARGE",
            "UNSUPPORTED_MEDIA_TYPE", "TOO_MANY_REQUESTS", "INTERNAL_ERROR", "OVERLOADED",
        ];

    private static readonly Lazy<Task<DocumentedAnswers>> Made = new(Make);

    private readonly JsonSchemas _schemas;
    private readonly ILookup<string, Operation> _operations;

    private DocumentedAnswers(JsonElement document)
    {
        _schemas = new(document.GetProperty("components").GetProperty("schemas"));
        _operations = (from path in document.GetProperty("paths").EnumerateObject()
                       from operation in path.Value.EnumerateObject()
                       select new Operation(path.Name, operation.Name.ToUpperInvariant(), operation.Value))
                           .ToLookup(operation => operation.Method, StringComparer.Ordinal);
    }

    /// <summary>Fails when the answer is not as the description says; what the description does not speak of may answer as it likes.</summary>
    public static async Task Check(TestReply reply, HttpMethod method, string path)
    {
        if (reply.Status < 500 && (await Made.Value).Fault(reply, method == HttpMethod.Head ? "GET" : method.Method, path) is { } fault)
            Assert.Fail($"{reply.Request}: {fault} {reply.Status} {reply.Body}");
    }

    private static async Task<DocumentedAnswers> Make()
    {
        using var app = CrmApp.Build([]);
        return new(JsonDocument.Parse(await ApiDocument.Of(app.Services)).RootElement);
    }

    private string? Fault(TestReply reply, string method, string path)
    {
        path = Prefix().Replace(path.Split('?')[0], "");
        // As the router decides: a literal segment goes before a parameter.
        if (_operations[method]
            .Where(operation => operation.Pattern.IsMatch(path)).MinBy(operation => operation.Path.Count(c => c == '{')) is not { } operation)
            return null;
        if (reply.Status >= 400)
        {
            if (reply.Code is { } code && General.Contains(code, StringComparer.Ordinal))
                return null;
            return operation.Answer(reply.Status) is { } refusal
                && refusal.GetProperty("description").GetString()!.Contains($"`{reply.Code}`", StringComparison.Ordinal)
                ? null
                : $"{operation.Id} does not document {reply.Status} {reply.Code}.";
        }

        if (operation.Answer(reply.Status) is not { } answer)
            return $"{operation.Id} does not document {reply.Status}.";
        if (reply.Body.Length == 0 || !answer.TryGetProperty("content", out var content) || !content.TryGetProperty("application/json", out var json))
            return null;
        return _schemas.Fault(reply.Json, json.GetProperty("schema"), "") is { } wrong
            ? $"the schema of {operation.Id} is not what it answers: {wrong}."
            : null;
    }

    [GeneratedRegex("^/api(?=/)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Prefix();

    private sealed record Operation(string Path, string Method, JsonElement Description)
    {
        public string Id { get; } = Description.GetProperty("operationId").GetString()!;

        public Regex Pattern { get; } = new(
            $"^{Regex.Replace(Path, @"\{\w+\}", "[^/]+", RegexOptions.None, TimeSpan.FromSeconds(1))}/?$", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1));

        public JsonElement? Answer(int status) => Description.GetProperty("responses").TryGetProperty($"{status}", out var answer) ? answer : null;
    }
}
