using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.OpenApi;

namespace Crm.Functions.OpenApi;

/// <summary>
/// Which fields the schemas require, and which may be null. A request needs what its rules say. An answer has all of its fields, but those that are
/// left out when they are null; and null is where the C# type says so. (The framework sees neither where a type is first met as another one's field.)
/// </summary>
internal static class ApiFields
{
    public static void Describe(OpenApiDocument document)
    {
        var schemas = document.Components!.Schemas!;
        var requests = Requests(document);
        var types = typeof(ApiFields).Assembly.GetTypes().Where(type => type is { IsVisible: true, IsGenericType: false })
            .ToLookup(ApiSchemas.Name, StringComparer.Ordinal);
        foreach (var (name, schema) in schemas)
        {
            if (schema is not OpenApiSchema { Properties: { } fields } described)
                continue;
            if (fields.ContainsKey("success"))
                fields["success"] = ApiError.Always(true);
            // An envelope's data is of the type it was made for, never null, though its type parameter might be.
            if (fields.TryGetValue("data", out var data))
                fields["data"] = Nullable(data, false);
            if (types[name].FirstOrDefault() is { } type)
                Describe(described, fields, type, requests.Contains(name));
            foreach (var (field, of) in fields)
                AddWords(field, of);
        }
    }

    private static void Describe(OpenApiSchema schema, IDictionary<string, IOpenApiSchema> fields, Type type, bool isRequest)
    {
        var context = new NullabilityInfoContext();
        var required = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in type.GetProperties().DistinctBy(property => property.Name))
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            if (!fields.TryGetValue(name, out var field))
                continue;
            var isOptional = property.PropertyType.IsGenericType && property.PropertyType.GetGenericTypeDefinition() == typeof(Optional<>);
            var isNeeded = isRequest ? Attributes(property).OfType<RequiredAttribute>().Any() : !Attributes(property).OfType<JsonIgnoreAttribute>().Any();
            if (isNeeded && !(isRequest && isOptional))
                required.Add(name);
            if (isRequest ? isNeeded : !isOptional)
                fields[name] = Nullable(field, !isRequest && isNeeded && context.Create(property).ReadState == NullabilityState.Nullable);
        }

        schema.Required = required.Count == 0 ? null : required;
    }

    /// <summary>
    /// Says what a field means, where its record does not: what is said inside of a choice is said of the whole, and the rest in the words that all share.
    /// </summary>
    private static void AddWords(string name, IOpenApiSchema field)
    {
        if (field is OpenApiSchema { OneOf: { } either } choice)
            choice.Description ??= either.Select(one => one.Description).FirstOrDefault(words => words is not null);
        if (field.Description is null)
            field.Description = ApiWords.Of(name, field.Type?.HasFlag(JsonSchemaType.Array) == true);
    }

    /// <summary>The schema with or without null.</summary>
    private static IOpenApiSchema Nullable(IOpenApiSchema schema, bool isNullable)
    {
        switch (schema)
        {
            case OpenApiSchemaReference reference when isNullable:
                return new OpenApiSchema
                {
                    Description = reference.Reference.Description,
                    OneOf = [new OpenApiSchema { Type = JsonSchemaType.Null }, reference],
                };
            case OpenApiSchema { OneOf: { Count: 2 } either } when !isNullable && either.Any(one => one.Type == JsonSchemaType.Null):
                return either.First(one => one.Type != JsonSchemaType.Null);
            case OpenApiSchema { Type: { } type } inPlace:
                inPlace.Type = isNullable ? type | JsonSchemaType.Null : type & ~JsonSchemaType.Null;
                return inPlace;
            default:
                return schema;
        }
    }

    /// <summary>The schemas that bodies of requests are made of.</summary>
    private static HashSet<string> Requests(OpenApiDocument document)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var body in document.Paths.Values.SelectMany(path => path.Operations!.Values)
            .SelectMany(operation => operation.RequestBody?.Content?.Values ?? []))
            Collect(body.Schema);
        return found;

        void Collect(IOpenApiSchema? schema)
        {
            if (schema is null || schema is OpenApiSchemaReference { Reference.Id: { } name } && !found.Add(name))
                return;
            Collect(schema.Items);
            Collect(schema.AdditionalProperties);
            foreach (var part in (schema.Properties?.Values ?? []).Concat(schema.OneOf ?? []))
                Collect(part);
        }
    }

    /// <summary>A property's attributes, with those of the constructor's parameter: a record's rules stand there.</summary>
    public static IEnumerable<Attribute> Attributes(MemberInfo property)
    {
        var parameters = property.DeclaringType!.GetConstructors().SelectMany(constructor => constructor.GetParameters());
        return property.GetCustomAttributes().Concat(parameters.FirstOrDefault(parameter => parameter.Name == property.Name)?.GetCustomAttributes() ?? []);
    }
}
