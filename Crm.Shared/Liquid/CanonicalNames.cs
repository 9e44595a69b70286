using Fluid.Ast;

namespace Crm.Shared.Liquid;

/// <summary>Writes every name of the catalogue as the catalogue does, once: then rendering looks each up once.</summary>
internal sealed class CanonicalNames(LiquidInspector seen) : AstRewriter
{
    protected override Expression VisitMemberExpression(MemberExpression memberExpression) =>
        LiquidInspector.PathOf(memberExpression) is { } path && !seen.IsLocal(path) && MergeFields.Find(path) is { } name
            ? new MemberExpression([.. name.Split('.', 2).Select(part => new IdentifierSegment(part))])
            : memberExpression;
}
