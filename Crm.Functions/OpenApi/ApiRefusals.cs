using Crm.Functions.Auth;
using Microsoft.OpenApi;

namespace Crm.Functions.OpenApi;

/// <summary>
/// The statuses an operation may answer besides success, each with its codes: those its use case returns, and those the pipeline gives before it runs.
/// </summary>
internal static class ApiRefusals
{
    public static void Describe(OpenApiOperation operation, OpenApiDocument document, IList<object> metadata, string method, UseCaseCode code)
    {
        var isPublic = metadata.OfType<IAllowAnonymous>().Any();
        var errors = new List<Error>();
        var takesKey = method == "POST" && !isPublic;
        if (takesKey || operation.RequestBody is not null || operation.Parameters!.Any(parameter => parameter.In == ParameterLocation.Query))
            errors.Add(Errors.Validation);
        if (!isPublic)
            errors.AddRange([Errors.Unauthorized, Errors.TokenExpired]);
        if (metadata.OfType<AllowAttribute>().FirstOrDefault() is { } allow
            && Enum.GetValues<Role>().Any(role => Permissions.Of(allow.Permission).Of(role) == Reach.None))
            errors.Add(Errors.Forbidden);
        errors.AddRange(code.Errors.OrderBy(error => error.Code, StringComparer.Ordinal));
        if (takesKey)
            errors.AddRange([Errors.IdempotencyKeyReused, Errors.IdempotencyInProgress, Errors.IdempotencyReplyLost]);
        errors.Add(Errors.TooManyRequests);

        foreach (var status in errors.DistinctBy(error => (error.Status, error.Code)).GroupBy(error => error.Status).OrderBy(status => status.Key))
            Add(
                status.Key.ToString(System.Globalization.CultureInfo.InvariantCulture),
                string.Join("\n", status.Select(error => $"- `{error.Code}`: {Words(error)}")));
        Add("default", "Whatever else goes wrong: a body or path nobody could take, 500 `INTERNAL_ERROR`, 503 `OVERLOADED`.");

        void Add(string status, string about) => operation.Responses![status] = new OpenApiResponse
        {
            Description = about,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["application/json"] = new() { Schema = new OpenApiSchemaReference(ApiError.Name, document) },
            },
        };
    }

    // Said in words of its own wherever it happens.
    private static string Words(Error error) =>
        error.Code == Errors.Forbidden.Code ? "Your role may not do this, or it concerns somebody else's records; the message says which."
        : error.Code == Errors.Validation.Code ? "Something in the request is not as described here; details name the fields."
        : error.Message;
}
