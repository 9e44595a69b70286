using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Crm.Functions.OpenApi;

/// <summary>
/// What the API's description says of paths, queries and headers beyond what the
/// framework finds: names as clients write them, the rules of our attributes, examples.
/// </summary>
internal static class ApiParameters
{
    /// <summary>What stands in a path, by the segment before it. The examples are the demo organisation's records.</summary>
    private static readonly Dictionary<string, (string About, string Example)> InPaths = new(StringComparer.Ordinal)
    {
        ["contacts"] = ("The contact.", Demo.Contact(4).ToString()),
        ["timeline"] = ("The entry of the contact's timeline.", Demo.Entry(4, 1).ToString()),
        ["import"] = ("The import; POST /contacts/import gives its id.", Demo.Import.ToString()),
        ["export"] = ("The export; GET /reports/export gives its id when it is too long for an answer.", Demo.Export.ToString()),
        ["user"] = ("The user.", Demo.Owner.ToString()),
        ["contact"] = ("The contact.", Demo.Contact(4).ToString()),
        ["deals"] = ("The deal.", Demo.Deal(1).ToString()),
        ["pipelines"] = ("The pipeline.", Demo.Pipeline.ToString()),
        ["tasks"] = ("The task.", Demo.Task(1).ToString()),
        ["products"] = ("The product.", Demo.Product(1).ToString()),
        ["templates"] = ("The template.", Demo.Template(1).ToString()),
        ["suppressions"] = ("The suppression.", Demo.Suppression(1).ToString()),
        ["webhook-endpoints"] = ("The webhook endpoint.", Demo.WebhookEndpoint.ToString()),
        ["events"] = ("The parked event.", Demo.ParkedEvent(1).ToString()),
        ["campaigns"] = ("The campaign.", Demo.Campaign(1).ToString()),
        ["recipients"] = ("The contact.", Demo.Contact(4).ToString()),
        ["conversations"] = ("The conversation.", Demo.Conversation(1).ToString()),
        ["messages"] = ("The message.", Demo.Message(1).ToString()),
        ["canned-replies"] = ("The canned reply.", Demo.CannedReply(1).ToString()),
        ["notifications"] = ("The notification.", Demo.Notification(1).ToString()),
        ["team"] = ("The colleague.", Demo.Staff.ToString()),
        ["invoices"] = ("The invoice.", Demo.Invoice(1).ToString()),
        ["payments"] = ("The payment.", Demo.Payment(4).ToString()),
        ["invitations"] = ("The invitation; POST /auth/invite gives its id.", Demo.Invitation.ToString()),
    };

    /// <summary>Where the record of the examples must be in another state than most; by function.</summary>
    private static readonly Dictionary<string, string> Others = new(StringComparer.Ordinal)
    {
        ["CancelInvoice"] = Demo.Invoice(2).ToString(),
        ["DeleteInvoice"] = Demo.Invoice(3).ToString(),
    };

    public static void DescribePath(OpenApiOperation operation, string path)
    {
        // {id:guid} is {id} to clients.
        var segments = path.Split('/').Select(segment => segment.Split(':')[0].Trim('{', '}')).ToArray();
        foreach (var parameter in operation.Parameters!.OfType<OpenApiParameter>().Where(parameter => parameter.In == ParameterLocation.Path))
        {
            var (about, example) = InPaths[segments[Array.LastIndexOf(segments, parameter.Name) - 1]];
            parameter.Description ??= about;
            parameter.Example ??= parameter.Schema?.Format == "uuid" ? Others.GetValueOrDefault(operation.OperationId ?? "", example) : null;
        }
    }

    public static void DescribeQuery(OpenApiOperation operation, ParameterInfo parameter)
    {
        if (parameter.ParameterType == typeof(Paging))
            AddPaging(operation, parameter.GetCustomAttribute<PagesAttribute>());
        else if (!parameter.IsDefined(typeof(AsParametersAttribute)))
            Describe(operation, parameter.Name!, new NullabilityInfoContext().Create(parameter), parameter, !parameter.HasDefaultValue);
        else
            DescribeFilter(operation, parameter.ParameterType);
    }

    // Where not everything may be left out, the type has an example of what to ask for.
    private static void DescribeFilter(OpenApiOperation operation, Type type)
    {
        var example = type.GetProperty("Example", BindingFlags.Public | BindingFlags.Static)?.GetValue(null);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            Describe(operation, name, new NullabilityInfoContext().Create(property), property, true);
            if (example is not null && property.GetValue(example) is { } value
                && operation.Parameters!.OfType<OpenApiParameter>().FirstOrDefault(given => given.Name == name) is { } described)
                described.Example = JsonSerializer.SerializeToNode(value, JsonSerializerOptions.Web);
        }
    }

    public static OpenApiParameter Header(string name, string about) =>
        new() { Name = name, In = ParameterLocation.Header, Description = about, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    private static void Describe(OpenApiOperation operation, string name, NullabilityInfo nullability, ICustomAttributeProvider attributes, bool hasNoDefault)
    {
        var queries = operation.Parameters!.OfType<OpenApiParameter>().Where(given => given.In == ParameterLocation.Query);
        if (queries.FirstOrDefault(given => string.Equals(given.Name, name, StringComparison.OrdinalIgnoreCase)) is not { } described)
            return;
        described.Name = name;
        described.Required = hasNoDefault && nullability.ReadState == NullabilityState.NotNull;
        var oneOf = attributes.GetCustomAttributes(typeof(OneOfAttribute), false).OfType<OneOfAttribute>().FirstOrDefault();
        var words = oneOf?.Words.Select(word => (JsonNode)word!).ToList();
        var length = attributes.GetCustomAttributes(typeof(StringLengthAttribute), false).OfType<StringLengthAttribute>().FirstOrDefault()?.MaximumLength;
        if (nullability.Type == typeof(string[]))
        {
            described.Description = $"{described.Description} Repeated, or separated by commas.".Trim();
            described.Schema = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String, Enum = words } };
        }
        else if (nullability.Type == typeof(string))
        {
            described.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Enum = words, MaxLength = length };
        }
        else if (nullability.Type == typeof(ClientTime?))
        {
            var isDate = attributes.IsDefined(typeof(DateAttribute), false);
            described.Description = isDate ? described.Description : $"{described.Description} A date, or a time with or without an offset.".Trim();
            described.Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Format = isDate ? "date" : null,
                Pattern = isDate ? null : ClientTime.Pattern,
            };
        }
    }

    private static void AddPaging(OpenApiOperation operation, PagesAttribute? pages)
    {
        Add("page", new() { Type = JsonSchemaType.Integer, Minimum = "1", Default = 1 }, "From 1.");
        Add(
            "pageSize", new() { Type = JsonSchemaType.Integer, Minimum = "1", Default = Paging.DefaultSize },
            string.Create(CultureInfo.InvariantCulture, $"Rows a page, {Paging.LargestSize} at most. Alias: limit."));
        if (pages?.ByCursor == true)
            Add("cursor", new() { Type = JsonSchemaType.String }, "The nextCursor of the page before, instead of page.");
        if (pages?.SortFields is { Length: > 1 } fields)
        {
            Add(
                "sortBy", new() { Type = JsonSchemaType.String, Enum = [.. fields.Select(field => (JsonNode)field!)], Default = fields[0] },
                "The field to sort by.");
            Add("sortOrder", new() { Type = JsonSchemaType.String, Enum = ["asc", "desc"] }, "Times come newest first by default, words from A.");
        }

        void Add(string name, OpenApiSchema schema, string about) =>
            operation.Parameters!.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Description = about, Schema = schema });
    }
}
