using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Templates;

public static class GetTemplate
{
    /// <summary>One template, with its html and settings.</summary>
    /// <remarks>Inactive and deleted ones stay readable, so that they can be restored. The <c>ETag</c> is the template's version.</remarks>
    [Function("GetTemplate"), Tags("Templates"), Allow(Permission.ReadTemplates)]
    public static async Task<Reply<TemplateDetail>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "templates/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        await db.Find<TemplateDetail>(caller.Organization, TemplateDetail.ByIdSql, new { Id = id }, ct) is { } template
            ? Reply<TemplateDetail>.Live(template, template.Version)
            : Errors.TemplateNotFound;
}
