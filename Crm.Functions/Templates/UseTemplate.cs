using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Templates;

public static class UseTemplate
{
    /// <param name="Id">The template.</param>
    /// <param name="Usage">How often it was sent, this time included.</param>
    public sealed record Response(Guid Id, long Usage);

    // Not a change of the template: its version stays.
    private const string CountSql = """
        update templates
        set usage = usage + 1
        where organization_id = @OrganizationId
          and id = @Id
        returning id, usage
        """;

    /// <summary>Counts that a template was sent by other means.</summary>
    /// <remarks>
    /// What this API sends it counts itself, once a campaign, message or invoice: call this only for what you send elsewhere. With an
    /// <c>Idempotency-Key</c> a repeated call counts once.
    /// </remarks>
    [Function("UseTemplate"), Tags("Templates"), Allow(Permission.CreateTemplates)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "templates/{id:guid}/use")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(
            caller.Organization, async tx => await tx.Find<Response>(CountSql, new { Id = id }) is { } counted ? counted : Errors.TemplateNotFound, ct);
}
