using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Diagnostics;
using Npgsql;

namespace Crm.Functions.Replies;

/// <summary>Turns what the framework itself refuses (validation, binding, routing, crashes) into our envelope.</summary>
public static partial class Problems
{
    /// <summary>The answer to an exception no handler expected.</summary>
    public static Task OfException(HttpContext context) => context.Refuse(Of(context.Features.Get<IExceptionHandlerFeature>()!.Error));

    /// <summary>What an exception is to the client; <see cref="Errors.Internal"/> when it is a fault of ours, and to be logged.</summary>
    public static Error Of(Exception exception) => exception switch
    {
        InvalidInputException invalid => Error.Invalid(invalid.Field, invalid.Message),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Errors.PayloadTooLarge,
        // A form that is no form, or none at all, has no file in it.
        BadHttpRequestException bad when bad.Message.Contains("form media type", StringComparison.Ordinal)
            || bad.Message.StartsWith("Unexpected request without body", StringComparison.Ordinal) => Errors.NoFile,
        BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } => Errors.UnsupportedMediaType,
        BadHttpRequestException bad => OfBinding(bad),
        // Two requests at once took the same address; the statement alone finds it when they come one after the other.
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "contacts_email_key" } => Errors.ContactDuplicate,
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "products_sku" } => Errors.SkuExists,
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "canned_replies_shortcut" } => Errors.ShortcutExists,
        // Every text field refuses it; this is for the one that does not.
        PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter } =>
            Error.Invalid("body", "Text must not hold the character U+0000."),
        // The database is down or busy, or two changes waited for one another and this one gave way: nothing of it happened.
        NpgsqlException { IsTransient: true } or MovedOnException => Errors.Overloaded,
        _ => Errors.Internal,
    };

    /// <summary>The answer where the framework gave a status and nothing more.</summary>
    public static Error OfStatus(HttpContext context) => context.Response.StatusCode switch
    {
        // A body that breaks off.
        400 => Errors.BodyBroken,
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

    /// <summary>The answer to broken rules, by field.</summary>
    public static Error Invalid(IDictionary<string, string[]> errors)
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
            return JsonFault.Of(json);
        if (exception.InnerException is InvalidDataException or IOException)
            return Error.Invalid("body", "The body is not valid multipart/form-data.");

        var match = ParameterName().Match(exception.Message);
        if (!match.Success)
            return Error.Invalid("body", "A JSON body is required.");
        var name = JsonNamingPolicy.CamelCase.ConvertName(match.Groups["name"].Value);
        return Error.Invalid(name, $"{name} is missing or is not of the right type.");
    }

    // 'Failed to bind parameter "int? page" from "x".' and 'Required parameter "string token" was not provided from query string.'
    [GeneratedRegex("arameter \"(?:[^\"]* )?(?<name>\\w+)\" (?:from|was not provided from (?!body))", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ParameterName();
}
