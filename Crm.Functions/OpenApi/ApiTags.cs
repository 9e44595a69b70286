using Microsoft.OpenApi;

namespace Crm.Functions.OpenApi;

/// <summary>The chapters of the API's description, in the order of the guide, and the order of the paths in them.</summary>
internal static class ApiTags
{
    private static readonly (string Name, string About)[] Tags =
    [
        ("Auth", "Signing in and out, invitations, forgotten passwords, and who may do what."),
        ("Dashboard", "The figures of the first page."),
        ("Contacts", "People and companies one deals with, their timelines, imports and duplicates."),
        ("Deals", "What may be sold, to whom and how far it is."),
        ("Pipelines", "The stages that deals go through."),
        ("Tasks", "What is to be done, by whom and when, and reminders of it."),
        ("Settings", "The organisation, one's own profile and password, the state of the system."),
        ("Team", "Colleagues: their names for everybody, their roles and places for owners."),
        ("Products", "What the organisation sells."),
        ("Templates", "Texts that are sent again and again, and the variables in them."),
        ("Invoices", "What customers owe and pay: invoices, the ledger of their payments, refunds and credit notes."),
        ("Uploads", "Pictures of users, contacts and the organisation."),
        ("Campaigns", "Mail and SMS to many contacts: whom they go to, when, and what became of them."),
        ("Inbox", "E-mail and text messages with contacts, in one conversation each, and replies to have at hand."),
        ("Notifications", "What a user is told: a message came, a conversation is theirs now."),
        ("Suppressions", "Addresses that get nothing more, and why."),
        ("Reports", "What came of the work in a week, a month or a year, against the time before."),
        ("Exports", "Files of what one may read: at once, or in the background where they are long."),
        ("Webhook endpoints", "Where your own programs hear of what happens here, signed as Standard Webhooks says, and what was sent there."),
        ("Audit", "Who did what, when."),
        ("Webhooks", "What vendors told that could not be processed."),
        ("Health", "Whether the app is up and ready, for those who run it."),
    ];

    private static readonly HttpMethod[] Methods = [HttpMethod.Get, HttpMethod.Post, HttpMethod.Patch, HttpMethod.Delete];

    /// <summary>Puts tags, paths and operations in order; what comes from reflection has none.</summary>
    public static void Order(OpenApiDocument document)
    {
        var paths = document.Paths.OrderBy(path => Place(path.Value)).ThenBy(path => path.Key, StringComparer.Ordinal).ToArray();
        document.Paths = [];
        foreach (var (path, item) in paths)
        {
            var operations = item.Operations!.OrderBy(operation => Array.IndexOf(Methods, operation.Key)).ToArray();
            item.Operations!.Clear();
            foreach (var (method, operation) in operations)
                item.Operations.Add(method, operation);
            document.Paths.Add(path, item);
        }

        var used = paths.SelectMany(path => path.Value.Operations!.Values).SelectMany(operation => operation.Tags ?? new HashSet<OpenApiTagReference>())
            .Select(tag => tag.Reference.Id).ToHashSet(StringComparer.Ordinal);
        document.Tags = new HashSet<OpenApiTag>(
            Tags.Where(tag => used.Contains(tag.Name)).Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.About }));
    }

    private static int Place(IOpenApiPathItem item)
    {
        var tag = item.Operations!.Values.First().Tags?.FirstOrDefault()?.Reference.Id;
        var place = Array.FindIndex(Tags, known => known.Name == tag);
        return place >= 0 ? place : throw new InvalidOperationException($"Say in {nameof(ApiTags)} what the tag {tag} is about.");
    }
}
