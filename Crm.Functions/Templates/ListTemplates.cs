using Crm.Functions.Auth;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Templates;

public static class ListTemplates
{
    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>email, sms, invoice, proposal or contract.</summary>
        [FromQuery]
        [TemplateType]
        public string? Type { get; init; }

        /// <summary>A category, whatever its case.</summary>
        [FromQuery]
        [Text(Longest.Category)]
        public string? Category { get; init; }

        /// <summary>Part of a name or of a text.</summary>
        [FromQuery]
        [Text(200)]
        public string? Search { get; init; }

        /// <summary>true or false; both by default, without the deleted ones. false shows deleted ones too.</summary>
        [FromQuery]
        public bool? IsActive { get; init; }
    }

    public sealed record Response(IReadOnlyList<Template> Templates, PageMeta Meta);

    private sealed record Criteria(string? Type, string? Category, string? Pattern, bool? IsActive);

    // Of an organisation's 100 templates a page takes 0.1 ms; a search, and any other order, reads them all in 1.4 ms.
    private static readonly PagedList<Template> List = new()
    {
        Table = "templates",
        Alias = "t",
        Columns = Template.Columns,
        Joins = Template.Joins,
        Orders =
        [
            new("createdAt", "t.created_at desc, t.id desc", "t.created_at, t.id"),
            new("updatedAt", "t.updated_at desc, t.id desc", "t.updated_at, t.id"),
            new("name", "lower(t.name) desc, t.id desc", "lower(t.name), t.id", DescendsByDefault: false),
            new("usage", "t.usage desc, t.id desc", "t.usage, t.id"),
        ],
        After = "(t.created_at, t.id) < (@AfterTime, @AfterId)",
        PlaceOf = template => new(template.CreatedAt, template.Id),
    };

    /// <summary>The templates of the organisation.</summary>
    /// <remarks>Pages by <c>page</c> or, at the same cost however deep, by <c>cursor</c> (newest first only).</remarks>
    [Function("ListTemplates"), Tags("Templates"), Allow(Permission.ReadTemplates)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "templates")] HttpRequest http,
        [AsParameters] Filter filter, [Pages("createdAt", "updatedAt", "name", "usage", ByCursor = true)] Paging paging,
        Caller caller, Db db, Totals totals, CancellationToken ct)
    {
        var search = Fields.Text(filter.Search)?.ToLowerInvariant();
        var criteria = new Criteria(
            Fields.Text(filter.Type)?.ToLowerInvariant(), Fields.Text(filter.Category)?.ToLowerInvariant(),
            search is null ? null : $"%{Like.Escape(search)}%", filter.IsActive);
        var isPlain = criteria is { Type: null, Category: null, Pattern: null, IsActive: null };
        var page = await List.Read(db, totals, caller.Organization, paging, Where(criteria), criteria, isPlain, ct);
        return new Response(page.Rows, page.Meta);
    }

    private static string Where(Criteria args) =>
        "where t.organization_id = @OrganizationId"
        + (args.IsActive switch { null => "\n  and t.deleted_at is null", true => "\n  and t.is_active", false => "\n  and not t.is_active" })
        + (args.Type is null ? "" : "\n  and t.type = @Type")
        + (args.Category is null ? "" : "\n  and lower(t.category) = @Category")
        + (args.Pattern is null ? "" : "\n  and (lower(t.name) like @Pattern or lower(t.content) like @Pattern)");
}
