using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crm.Functions.Requests;

/// <remarks>
/// A field of a PATCH body: absent (keep what is there), or given, where null clears
/// it. (No summary: the API's description would show it in place of each field's own.)
/// </remarks>
[JsonConverter(typeof(OptionalConverter))]
public readonly record struct Optional<T> : IOptional
{
    public Optional(T value)
    {
        Value = value;
        IsSet = true;
    }

    /// <summary>Whether the body named the field.</summary>
    public bool IsSet { get; }

    /// <summary>The given value; the type's default when absent.</summary>
    public T Value { get; }

    object? IOptional.Given => IsSet ? Value : null;

    /// <summary>The given value, or what is there.</summary>
    public T Or(T current) => IsSet ? Value : current;

    public static implicit operator Optional<T>(T value) => new(value);
}

/// <summary>What validation needs of an <see cref="Optional{T}"/> without knowing its type.</summary>
public interface IOptional
{
    bool IsSet { get; }

    object? Given { get; }
}

internal sealed class OptionalConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Optional<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Of<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class Of<T> : JsonConverter<Optional<T>>
    {
        public override bool HandleNull => true;

        public override Optional<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return new(JsonSerializer.Deserialize<T>(ref reader, options)!);
            }
            catch (JsonException exception)
            {
                // Its path starts at this field; one without a path gets that of the field, from the serializer around this one.
                throw new JsonException(null, exception);
            }
        }

        public override void Write(Utf8JsonWriter writer, Optional<T> value, JsonSerializerOptions options)
        {
            if (value.IsSet)
                JsonSerializer.Serialize(writer, value.Value, options);
            else
                writer.WriteNullValue();
        }
    }
}
