using System.Text.Json;
using Crm.Functions.Tokens;
using Crm.Shared.Integrations.Twilio;
using Microsoft.Extensions.Primitives;

namespace Crm.Functions.Webhooks;

/// <summary>A request of Twilio's: the fields of its form, once its signature is right.</summary>
internal sealed record TwilioRequest(IReadOnlyDictionary<string, string> Fields)
{
    public string? this[string name] => Fields.GetValueOrDefault(name);

    /// <summary>The fields as they are kept.</summary>
    public string Json(params ReadOnlySpan<(string Name, string? Value)> besides)
    {
        var all = new SortedDictionary<string, string?>(Fields.ToDictionary(field => field.Key, string? (field) => field.Value), StringComparer.Ordinal);
        foreach (var (name, value) in besides)
            all[name] = value;
        return JsonSerializer.Serialize(all);
    }

    /// <summary>Reads one; what is wrong with it instead.</summary>
    public static async Task<(TwilioRequest? Request, Error? Fault)> Read(HttpContext context, TwilioOptions options, Links links)
    {
        if (options.AuthToken.Length == 0)
            return (null, Errors.WebhookNotConfigured);
        if (!context.Request.HasFormContentType)
            return (null, Errors.UnsupportedMediaType with { Message = "Send the body as application/x-www-form-urlencoded." });
        IFormCollection form;
        try
        {
            form = await context.Request.ReadFormAsync(context.RequestAborted);
        }
        catch (Exception exception)
            when (exception is InvalidDataException or NotSupportedException or ArgumentException or IOException and not BadHttpRequestException)
        {
            return (null, Errors.BodyBroken);
        }

        var fields = form.SelectMany(field => field.Value, (field, value) => (field.Key, Value: value ?? "")).ToArray();
        var signature = context.Request.Headers[RequestSignature.Header].ToString();
        if (!RequestSignature.Verify(options.AuthToken, Url(context.Request, links), fields, signature))
            return (null, Errors.InvalidSignature);
        // PostgreSQL's JSON holds any character but this one.
        return (new(form.ToDictionary(field => Clean(field.Key), field => Clean(Last(field.Value)), StringComparer.Ordinal)), null);
    }

    // As it was given to Twilio: what stands before the app may call it something else.
    private static string Url(HttpRequest request, Links links) =>
        $"{links.PublicBaseUrl}{request.PathBase.ToUriComponent()}{request.Path.ToUriComponent()}{request.QueryString.Value}";

    private static string Last(StringValues values) => values.Count == 0 ? "" : values[^1] ?? "";

    private static string Clean(string text) => text.Replace("\0", "", StringComparison.Ordinal);
}
