using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Templates;

/// <summary>The one template of a type that is taken when none is named.</summary>
internal static class DefaultTemplate
{
    // Before any template is locked: of two that become the default at once, each has one locked already that the other wants.
    private const string AloneSql = """
        select true
        from pg_advisory_xact_lock(hashtextextended('default template ' || @OrganizationId::uuid, 0))
        """;

    private const string ClearSql = """
        update templates
        set is_default = false, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and type = @Type
          and is_default
          and id <> @Id
        returning id
        """;

    public static Error Refusal => Errors.Forbidden with { Message = "Staff do not choose the default templates: ask a manager." };

    /// <summary>Whether the caller may say which template is the default: who may change all of them.</summary>
    public static bool IsChosenBy(Caller caller) => caller.ReachOf(Permission.EditTemplates) == Reach.All;

    /// <summary>Waits until nobody else changes a default of this organisation, until the transaction ends.</summary>
    public static Task Lock(DbTransaction tx) => tx.Find<bool>(AloneSql, null);

    /// <summary>Takes the place from whichever template has it, other than this one.</summary>
    public static async Task Clear(DbTransaction tx, Caller caller, string type, Guid id)
    {
        if (await tx.Find<Guid?>(ClearSql, new { Type = type, Id = id, tx.Now }) is { } former)
            await tx.Audit(caller.UserId, "template.updated", "template", former, new { isDefault = false });
    }
}
