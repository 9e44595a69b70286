using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Templates;

public static class DeleteTemplate
{
    /// <param name="Id">The template.</param>
    /// <param name="IsActive">false.</param>
    public sealed record Response(Guid Id, bool IsActive);

    private const string DeleteSql = """
        update templates
        set is_active = false, is_default = false, deleted_at = @Now, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>Deletes a template: it becomes inactive and leaves the lists, but stays readable and can be restored.</summary>
    /// <remarks>The default of a type is none any more. Deleting it again changes nothing. Restore with <c>PATCH {"isActive":true}</c>.</remarks>
    [Function("DeleteTemplate"), Tags("Templates"), Allow(Permission.EditTemplates)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "templates/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            var (template, fault) = await TemplateRow.Lock(tx, id);
            if (fault is not null)
                return fault;
            if (template!.DeletedAt is null)
            {
                await tx.Execute(DeleteSql, new { Id = id, tx.Now });
                await tx.Audit(caller.UserId, "template.deleted", "template", id);
            }

            return new Response(id, IsActive: false);
        }, ct);
}
