using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Templates;

public static class DuplicateTemplate
{
    /// <param name="Name">What the copy is called.</param>
    [ValidatableType]
    public sealed record Request([Needed, Text(Longest.Name)] string Name)
    {
        public static Request Example => new("Welcome Email Template, spring");
    }

    private const string CopySql = $"""
        with t as (
            insert into templates (organization_id, id, name, type, subject, content, html_content, content_is_made, given_variables, variables, category,
                                   tags, settings, creator_id, created_at, updated_at)
            select @OrganizationId, @CopyId, @Name, type, subject, content, html_content, content_is_made, given_variables, variables, category,
                   tags, settings, @CreatorId, @Now, @Now
            from templates
            where organization_id = @OrganizationId
              and id = @Id
            returning *)
        select {TemplateDetail.DetailColumns}
        from t
        {Template.Joins}
        """;

    /// <summary>Makes a copy of a template, which is the caller's own.</summary>
    /// <remarks>Of any template: a colleague's, a deleted or a system one. The copy is active, no default, and has not been used.</remarks>
    [Function("DuplicateTemplate"), Tags("Templates"), Allow(Permission.CreateTemplates)]
    public static Task<Created<TemplateDetail>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "templates/{id:guid}/duplicate")] Request request,
        Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Created<TemplateDetail>>(caller.Organization, async tx =>
        {
            var copyId = Guid.CreateVersion7(tx.Now);
            var args = new { Id = id, CopyId = copyId, Name = request.Name.Trim(), CreatorId = caller.UserId, tx.Now };
            if (await tx.Find<TemplateDetail>(CopySql, args) is not { } copy)
                return Errors.TemplateNotFound;
            await tx.Audit(caller.UserId, "template.created", "template", copyId, new { copyOf = id });
            return copy;
        }, ct);
}
