using System.Text.Json.Serialization;

namespace Crm.Functions.Replies;

/// <summary>An expected refusal: what a handler returns instead of data. <see cref="Errors"/> has the ones in use.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The stable code clients switch on.</param>
/// <param name="Message">What happened and how to mend it, for people.</param>
public sealed record Error(int Status, string Code, string Message)
{
    /// <summary>The fields at fault.</summary>
    public FieldError[]? Details { get; init; }

    /// <summary>Facts that belong to this code, written beside it (<c>existingId</c>, <c>currentVersion</c>).</summary>
    public Dictionary<string, object?>? Facts { get; init; }

    /// <summary>When to try again, for the <c>Retry-After</c> header.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static Error Invalid(string field, string message) =>
        new(StatusCodes.Status400BadRequest, "VALIDATION_ERROR", message) { Details = [new(field, message)] };
}

/// <summary>One field's fault: its JSON path (<c>items[0].price</c>) and what is wrong with it.</summary>
public sealed record FieldError(string Field, string Message)
{
    /// <summary>In one word, where clients tell the reasons of one code apart: of a refused upload type or size.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }
}

/// <summary>The shape of every error answer.</summary>
public sealed record ErrorEnvelope(bool Success, ErrorBody Error, string Message, string RequestId)
{
    public static ErrorEnvelope Of(Error error, HttpContext context) =>
        new(false, new(error.Code, error.Message, error.Details) { Facts = error.Facts }, error.Message, context.TraceIdentifier);
}

/// <summary>The error itself.</summary>
public sealed record ErrorBody(string Code, string Message, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] FieldError[]? Details)
{
    [JsonExtensionData]
    public Dictionary<string, object?>? Facts { get; init; }
}
