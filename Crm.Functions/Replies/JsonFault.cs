using System.Text.Json;
using System.Text.RegularExpressions;

namespace Crm.Functions.Replies;

/// <summary>What is wrong with a body that should be JSON.</summary>
internal static partial class JsonFault
{
    // The reader's own exception, a class that is not public, says that the text is no JSON; any other that a value is not of its field's type.
    public static Error Of(JsonException exception)
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
        return path.Length == 0 ? Error.Invalid("body", "The body must be a JSON object.") : Error.Invalid(path, $"{path} {Rule(exception)}.");
    }

    // Converters of ours say it themselves; the framework's tell of it in the exception inside, or by the name of the .NET type, which may be wrapped.
    private static string Rule(JsonException exception)
    {
        if (exception.Message.StartsWith("must ", StringComparison.Ordinal))
            return exception.Message;
        var told = $"{exception.InnerException?.Message} {(exception.InnerException is null ? TypeName().Match(exception.Message).Value : "")}";
        return Rules.FirstOrDefault(rule => rule.Signs.Any(sign => told.Contains(sign, StringComparison.Ordinal))).Rule ?? "has the wrong type";
    }

    private static readonly (string[] Signs, string Rule)[] Rules =
    [
        (["[]", "List`1"], "must be a list"),
        (["System.String", "as a string"], "must be a text"),
        (["Guid"], "must be an id, which is a UUID"),
        (["Boolean", "as a boolean"], "must be true or false"),
        (["Int32", "Int64"], "must be a whole number"),
        (["Decimal", "Double", "as a number"], "must be a number"),
        (["+", "Crm."], "must be an object"),
    ];

    [GeneratedRegex(@"could not be converted to .+?\. Path", RegexOptions.None, 1000)]
    private static partial Regex TypeName();
}
