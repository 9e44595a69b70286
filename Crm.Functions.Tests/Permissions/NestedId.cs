using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Functions.Requests;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Crm.Functions.Tests.Permissions;

/// <summary>Where an id stands in a request apart from its path: <c>items[].productId</c> of a body, a parameter of the query, a field of a form.</summary>
internal sealed record NestedId(string Function, string Field, NestedId.Place In)
{
    public enum Place
    {
        Body,
        Query,
        Form,
    }

    /// <summary>What an id of this name is the id of; the name in a function goes first.</summary>
    private static readonly Dictionary<string, Kind> Kinds = new(StringComparer.Ordinal)
    {
        ["contactId"] = Kind.Contact,
        ["primaryId"] = Kind.Contact,
        ["duplicateIds"] = Kind.Contact,
        ["ChangeContacts.ids"] = Kind.Contact,
        ["contactIds"] = Kind.Contact,
        ["dealId"] = Kind.Deal,
        ["ownerId"] = Kind.Member,
        ["assigneeId"] = Kind.Member,
        ["userId"] = Kind.Member,
        ["assignedTo"] = Kind.Member,
        ["templateId"] = Kind.Template,
        ["reassignTo"] = Kind.Member,
        ["stageId"] = Kind.Stage,
        ["toStageId"] = Kind.Stage,
        ["newStageId"] = Kind.Stage,
        ["expectedStageId"] = Kind.Stage,
        ["moveTo"] = Kind.Stage,
        ["moveToByStage"] = Kind.Stage,
        ["CreatePipeline.id"] = Kind.Stage,
        ["UpdatePipeline.id"] = Kind.Stage,
        ["pipelineId"] = Kind.Pipeline,
        ["productId"] = Kind.Product,
        ["actorId"] = Kind.Member,
        ["ListAuditLog.entityId"] = Kind.Deal,
        ["ReplayEvents.ids"] = Kind.ParkedEvent,
        ["attachmentIds"] = Kind.Attachment,
    };

    private string Name => Field.Split('.')[^1].TrimEnd('[', ']', '{', '}');

    /// <summary>What it is the id of; fails for a name that is not known yet.</summary>
    public Kind Kind
    {
        get
        {
            Assert.True(
                Kinds.TryGetValue($"{Function}.{Name}", out var kind) || Kinds.TryGetValue(Name, out kind),
                $"{this} is an id of an unknown kind: add its name to {nameof(Kinds)} of {nameof(NestedId)}, and how one is made to {nameof(RecordWorld)}.");
            return kind;
        }
    }

    /// <summary>Whether it only says which records are meant.</summary>
    public bool IsFilter => In == Place.Query && Name is not ("moveTo" or "reassignTo") || Field.StartsWith("filter.", StringComparison.Ordinal)
        || Field.StartsWith("segment.", StringComparison.Ordinal) || Function == "IssueExportTicket";

    /// <summary>All of a route, found from its function's parameters.</summary>
    public static IEnumerable<NestedId> Of(RouteEndpoint endpoint)
    {
        var name = RouteCalls.Name(endpoint);
        foreach (var parameter in endpoint.Metadata.GetRequiredMetadata<MethodInfo>().GetParameters())
        {
            if (endpoint.RoutePattern.GetParameter(parameter.Name!) is not null)
                continue;
            if (parameter.IsDefined(typeof(HttpTriggerAttribute)))
            {
                var type = parameter.ParameterType;
                foreach (var field in type.Namespace!.StartsWith("Crm.", StringComparison.Ordinal) ? Fields(type, "") : [])
                    yield return new(name, field, Place.Body);
            }
            else if (parameter.IsDefined(typeof(AsParametersAttribute)))
            {
                foreach (var property in parameter.ParameterType.GetProperties().Where(property => IsId(property.PropertyType, property.Name)))
                    yield return new(name, JsonNamingPolicy.CamelCase.ConvertName(property.Name), Place.Query);
            }
            else if (IsId(parameter.ParameterType, parameter.Name!))
            {
                yield return new(name, parameter.Name!, parameter.IsDefined(typeof(FromFormAttribute)) ? Place.Form : Place.Query);
            }
        }
    }

    /// <summary>The body with the id in this place.</summary>
    public JsonObject Over(JsonObject body, Guid id)
    {
        var at = body;
        var steps = Field.Split('.');
        foreach (var step in steps[..^1])
        {
            var name = step.TrimEnd('[', ']');
            if (at[name] is null)
                at[name] = step.EndsWith(']') ? new JsonArray(new JsonObject()) : new JsonObject();
            at = step.EndsWith(']') ? at[name]![0]!.AsObject() : at[name]!.AsObject();
        }

        at[Name] = steps[^1] switch
        {
            var step when step.EndsWith(']') => new JsonArray(id),
            var step when step.EndsWith('}') => new JsonObject((at[Name] as JsonObject ?? []).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)id))),
            _ => id,
        };
        return body;
    }

    public override string ToString() => $"{Function} {In} {Field}";

    private static bool IsId(Type type, string name) =>
        (Nullable.GetUnderlyingType(type) ?? type.GetElementType() ?? type) == typeof(Guid)
            || type == typeof(string) && name.EndsWith("Id", StringComparison.Ordinal);

    private static IEnumerable<string> Fields(Type type, string prefix)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var of = property.PropertyType;
            if (of.IsGenericType && of.GetGenericTypeDefinition() == typeof(Optional<>))
                of = of.GetGenericArguments()[0];
            var isList = of.IsArray;
            of = of.GetElementType() ?? of;
            of = Nullable.GetUnderlyingType(of) ?? of;
            var field = prefix + JsonNamingPolicy.CamelCase.ConvertName(property.Name) + (isList ? "[]" : "");
            if (of == typeof(Guid))
                yield return field;
            else if (of == typeof(IReadOnlyDictionary<Guid, Guid>))
                yield return field + "{}";
            else if (of.Namespace?.StartsWith("Crm.", StringComparison.Ordinal) == true && !of.IsEnum && !of.IsValueType)
            {
                foreach (var inner in Fields(of, field + "."))
                    yield return inner;
            }
            else
            {
                Assert.False(of.IsGenericType && of.GetGenericArguments().Contains(typeof(Guid)),
                    $"{type}.{property.Name} holds ids in a way these tests do not know.");
            }
        }
    }
}
