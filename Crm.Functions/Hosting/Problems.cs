using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Npgsql;

namespace Crm.Functions.Hosting;

/// <summary>Turns what the framework itself refuses (validation, binding, routing, crashes) into our envelope.</summary>
public sealed partial class Problems : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var error = context.ProblemDetails is HttpValidationProblemDetails invalid ? Invalid(invalid.Errors) : OfStatus(context.HttpContext.Response.StatusCode);
        await context.HttpContext.Refuse(error);
    }

    /// <summary>The answer to an exception no handler expected.</summary>
    public static Task OfException(HttpContext context)
    {
        var exception = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        return context.Refuse(exception switch
        {
            InvalidInputException invalid => Error.Invalid(invalid.Field, invalid.Message),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Errors.PayloadTooLarge,
            BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } => Errors.UnsupportedMediaType,
            BadHttpRequestException bad => OfBinding(bad),
            // Two requests at once took the same address; the statement alone finds it when they come one after the other.
            PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "contacts_email_key" } => Errors.ContactDuplicate,
            PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "products_sku" } => Errors.SkuExists,
            NpgsqlException { IsTransient: true, InnerException: TimeoutException } => Errors.Overloaded,
            _ => Errors.Internal,
        });
    }

    public static Error OfStatus(int status) => status switch
    {
        400 => Errors.Validation,
        401 => Errors.Unauthorized,
        403 => Errors.Forbidden,
        404 => Errors.NotFound,
        405 => Errors.MethodNotAllowed,
        413 => Errors.PayloadTooLarge,
        415 => Errors.UnsupportedMediaType,
        429 => Errors.TooManyRequests,
        503 => Errors.Overloaded,
        _ => Errors.Internal,
    };

    private static Error Invalid(IDictionary<string, string[]> errors)
    {
        var details = errors
            .SelectMany(field => field.Value.Select(message => new FieldError(JsonPath(field.Key), message)))
            .OrderBy(detail => detail.Field, StringComparer.Ordinal)
            .ToArray();
        return Errors.Validation with { Message = details.Length == 1 ? details[0].Message : Errors.Validation.Message, Details = details };
    }

    // The framework names a member as C# does ("Items[0].UnitPrice"); clients know it as JSON does.
    private static string JsonPath(string path) => string.Join('.', path.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));

    private static Error OfBinding(BadHttpRequestException exception)
    {
        if (exception.InnerException is JsonException json)
        {
            var path = (json.Path ?? "$").Replace("$.", "", StringComparison.Ordinal).TrimStart('$');
            return path.Length == 0
                ? Errors.Validation with { Message = "The body is not valid JSON.", Details = [new("body", "The body is not valid JSON.")] }
                : Error.Invalid(path, $"{path} has the wrong type.");
        }

        var match = ParameterName().Match(exception.Message);
        if (match.Success)
            return Error.Invalid(match.Groups["name"].Value, $"{match.Groups["name"].Value} is missing or is not of the right type.");
        return Errors.Validation with { Message = "A JSON body is required.", Details = [new("body", "A JSON body is required.")] };
    }

    // 'Failed to bind parameter "int? page" from "x".' and 'Required parameter "string token" was not provided from query string.'
    [GeneratedRegex("arameter \"(?:[^\"]* )?(?<name>\\w+)\" (?:from|was not provided from (?!body))", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ParameterName();
}

/// <summary>Thrown while a request is read, before its handler runs: a value that cannot be understood.</summary>
public sealed class InvalidInputException(string field, string message) : Exception(message)
{
    public string Field { get; } = field;
}
