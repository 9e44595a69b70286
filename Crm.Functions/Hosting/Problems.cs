using System.Globalization;
using System.Reflection;
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
        var error = context.ProblemDetails is HttpValidationProblemDetails invalid ? Invalid(invalid.Errors) : OfStatus(context.HttpContext);
        await context.HttpContext.Refuse(error);
    }

    /// <summary>The answer to an exception no handler expected.</summary>
    public static Task OfException(HttpContext context) => context.Refuse(Of(context.Features.Get<IExceptionHandlerFeature>()!.Error));

    /// <summary>What an exception is to the client; <see cref="Errors.Internal"/> when it is a fault of ours, and to be logged.</summary>
    public static Error Of(Exception exception) => exception switch
    {
        InvalidInputException invalid => Error.Invalid(invalid.Field, invalid.Message),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Errors.PayloadTooLarge,
        BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } => Errors.UnsupportedMediaType,
        BadHttpRequestException bad => OfBinding(bad),
        // Two requests at once took the same address; the statement alone finds it when they come one after the other.
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "contacts_email_key" } => Errors.ContactDuplicate,
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "products_sku" } => Errors.SkuExists,
        // Every text field refuses it; this is for the one that does not.
        PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter } => Error.Invalid("body", "Text must not hold the character U+0000."),
        // Two changes waited for one another and this one gave way: nothing of it happened.
        PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure } => Errors.Overloaded,
        NpgsqlException { IsTransient: true, InnerException: TimeoutException } => Errors.Overloaded,
        _ => Errors.Internal,
    };

    /// <summary>The answer where the framework gave a status and nothing more.</summary>
    public static Error OfStatus(HttpContext context) => context.Response.StatusCode switch
    {
        400 => OfUnreadable(context),
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
            return OfJson(json);

        var match = ParameterName().Match(exception.Message);
        if (match.Success)
            return Error.Invalid(match.Groups["name"].Value, $"{match.Groups["name"].Value} is missing or is not of the right type.");
        return Error.Invalid("body", "A JSON body is required.");
    }

    // The reader's own exception, a class that is not public, says that the text is no JSON; any other that a value is not of its field's type.
    private static Error OfJson(JsonException exception)
    {
        var path = exception.Path ?? "$";
        while (exception.InnerException is JsonException inner)
        {
            exception = inner;
            path += inner.Path?.TrimStart('$');
        }

        if (exception.GetType() != typeof(JsonException))
            return Error.Invalid("body", "The body is not valid JSON.");
        path = path.TrimStart('$').TrimStart('.');
        return path.Length == 0 ? Error.Invalid("body", "The body must be a JSON object.") : Error.Invalid(path, $"{path} has the wrong type.");
    }

    // The framework's generated code says nothing when it cannot read an optional parameter: they are read once more, to name the one.
    private static Error OfUnreadable(HttpContext context)
    {
        foreach (var (name, type) in Parameters(context.GetEndpoint()?.Metadata.GetMetadata<MethodInfo>()))
        {
            if (Nullable.GetUnderlyingType(type) is { } value && context.Request.Query[name].ToString() is { Length: > 0 } text && !Reads(value, text))
                return Error.Invalid(name, $"{name} is not of the right type.");
        }

        return Errors.Validation;
    }

    private static IEnumerable<(string Name, Type Type)> Parameters(MethodInfo? handler)
    {
        foreach (var parameter in handler?.GetParameters() ?? [])
        {
            if (!parameter.IsDefined(typeof(AsParametersAttribute)))
                yield return (parameter.Name!, parameter.ParameterType);
            else
                foreach (var property in parameter.ParameterType.GetProperties())
                    yield return (JsonNamingPolicy.CamelCase.ConvertName(property.Name), property.PropertyType);
        }
    }

    private static bool Reads(Type type, string text) =>
        (bool)typeof(Problems).GetMethod(nameof(ReadsAs), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, [text])!;

    private static bool ReadsAs<T>(string text)
        where T : IParsable<T> => T.TryParse(text, CultureInfo.InvariantCulture, out _);

    // 'Failed to bind parameter "int? page" from "x".' and 'Required parameter "string token" was not provided from query string.'
    [GeneratedRegex("arameter \"(?:[^\"]* )?(?<name>\\w+)\" (?:from|was not provided from (?!body))", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ParameterName();
}

/// <summary>Thrown while a request is read, before its handler runs: a value that cannot be understood.</summary>
public sealed class InvalidInputException(string field, string message) : Exception(message)
{
    public string Field { get; } = field;
}
