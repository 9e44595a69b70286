using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Templates;

internal static class TemplateTesting
{
    /// <summary>A template of a user's; returns it.</summary>
    public static async Task<JsonElement> AddTemplate(this TestUser user, object? template = null) =>
        (await user.Post("/templates", template ?? new { name = "Hello", type = "email", content = "Hello {{first_name}}" })).Expect(201).Data;

    /// <summary>One of the templates that the organisation started with.</summary>
    public static async Task<JsonElement> SystemTemplate(this TestOrganization org, string name) =>
        (await org.Owner.Get($"/templates?search={name}")).Expect(200).Data.GetProperty("templates").EnumerateArray()
            .First(template => template.GetProperty("isSystem").GetBoolean());

    /// <summary>The names of a list's templates, without those that every organisation starts with.</summary>
    public static string[] OwnNames(this JsonElement list) =>
    [
        .. list.GetProperty("templates").EnumerateArray().Where(template => !template.GetProperty("isSystem").GetBoolean())
            .Select(template => template.GetProperty("name").GetString()!),
    ];
}
