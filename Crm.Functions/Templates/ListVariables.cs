using Crm.Functions.Auth;
using Crm.Shared.Liquid;

namespace Crm.Functions.Templates;

public static class ListVariables
{
    /// <param name="Variables">The catalogue.</param>
    public sealed record Response(IReadOnlyList<Variable> Variables);

    /// <param name="Name">As the catalogue calls it.</param>
    /// <param name="Aliases">Other names for the same. Case never matters.</param>
    /// <param name="Group">Whose value it is: contact, organization or invoice.</param>
    /// <param name="Description">What it holds.</param>
    /// <param name="Example">What it may hold.</param>
    public sealed record Variable(string Name, IReadOnlyList<string> Aliases, string Group, string Description, string Example);

    /// <summary>The variables that templates may use, with examples.</summary>
    /// <remarks>Besides, <c>custom.plan</c> or <c>custom["Plan name"]</c> is a contact's custom field. Any other name is blank in a
    /// preview, with a warning, and refused when it is sent.</remarks>
    [Function("ListTemplateVariables"), Tags("Templates"), Allow(Permission.ReadTemplates)]
    public static Reply<Response> Handle([HttpTrigger(Anonymous, "get", Route = "templates/variables")] HttpRequest http) =>
        new Response(
        [
            .. MergeFields.All.Select(field => new Variable(
                field.Name, field.Aliases, field.Group.ToString().ToLowerInvariant(), field.About, field.Example)),
            new($"{MergeFields.Custom}<key>", ["custom[\"key\"]"], "contact", "A custom field of the contact, by its name.", "pro"),
        ]);
}
