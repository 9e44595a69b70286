using Fluid.Ast;

namespace Crm.Shared.Liquid;

/// <summary>Whether a statement says something else to each recipient, and which names it gives itself.</summary>
/// <param name="tainted">Names that hold something of the recipient's.</param>
internal sealed class RecipientUse(IReadOnlySet<string> tainted) : AstVisitor
{
    public bool Differs { get; private set; }

    public HashSet<string> Assigned { get; } = new(StringComparer.OrdinalIgnoreCase);

    protected override Statement VisitAssignStatement(AssignStatement assignStatement)
    {
        Assigned.Add(assignStatement.Identifier);
        return base.VisitAssignStatement(assignStatement);
    }

    protected override Expression VisitFilterExpression(FilterExpression filterExpression)
    {
        // Today is today in the recipient's zone.
        Differs |= filterExpression.Name == "date";
        return base.VisitFilterExpression(filterExpression);
    }

    protected override Expression VisitMemberExpression(MemberExpression memberExpression)
    {
        var path = LiquidInspector.PathOf(memberExpression)!;
        Differs |= tainted.Contains(path.Split('.')[0]) || MergeFields.Find(path) is { } name && !MergeFields.IsShared(name);
        return memberExpression;
    }
}
