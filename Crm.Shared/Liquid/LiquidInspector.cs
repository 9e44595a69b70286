using Fluid.Ast;
using Fluid.Values;

namespace Crm.Shared.Liquid;

/// <summary>Walks a parsed template: the names and filters it uses, and what it may not do.</summary>
internal sealed class LiquidInspector : AstVisitor
{
    private const int LongestRange = 100;

    /// <summary>Names that the template gives itself.</summary>
    public HashSet<string> Locals { get; } = new(StringComparer.OrdinalIgnoreCase) { "forloop" };

    public HashSet<string> Filters { get; } = new(StringComparer.Ordinal);

    /// <summary>Every name as it is written, locals included.</summary>
    public List<string> Paths { get; } = [];

    /// <summary>How many characters the parser took for plain text.</summary>
    public int TextLength { get; private set; }

    /// <summary>What it may not do, and the name near which.</summary>
    public (string Text, string Near)? Problem { get; private set; }

    /// <summary>The names that are not its own.</summary>
    public IEnumerable<string> Foreign => Paths.Where(path => !IsLocal(path)).Distinct(StringComparer.OrdinalIgnoreCase);

    public bool IsLocal(string path) => Locals.Contains(path.Split('.')[0]);

    /// <summary>The name as one text, <c>custom["Plan name"]</c> as <c>custom.Plan name</c>; null when it is computed.</summary>
    public static string? PathOf(MemberExpression member)
    {
        var names = member.Segments.Select(segment => segment switch
        {
            IdentifierSegment name => name.Identifier,
            IndexerSegment { Expression: LiteralExpression { Value: StringValue text } } => text.ToStringValue(),
            _ => null,
        }).ToArray();
        return names.Contains(null) ? null : string.Join('.', names);
    }

    protected override Statement VisitTextSpanStatement(TextSpanStatement textSpanStatement)
    {
        TextLength += textSpanStatement.Text.Length;
        return textSpanStatement;
    }

    protected override Statement VisitAssignStatement(AssignStatement assignStatement)
    {
        Locals.Add(assignStatement.Identifier);
        return base.VisitAssignStatement(assignStatement);
    }

    protected override Statement VisitForStatement(ForStatement forStatement)
    {
        Locals.Add(forStatement.Identifier);
        return base.VisitForStatement(forStatement);
    }

    protected override Expression VisitFilterExpression(FilterExpression filterExpression)
    {
        Filters.Add(filterExpression.Name);
        return base.VisitFilterExpression(filterExpression);
    }

    protected override Expression VisitMemberExpression(MemberExpression memberExpression)
    {
        if (PathOf(memberExpression) is { } path)
            Paths.Add(path);
        else
            Problem ??= ("Only custom[\"Field name\"] may have brackets", ((IdentifierSegment)memberExpression.Segments[0]).Identifier);
        return memberExpression;
    }

    // A range is a list: a hundred million numbers take 5 GB before the first step is counted.
    protected override Expression VisitRangeExpression(RangeExpression rangeExpression)
    {
        if (rangeExpression is not { From: LiteralExpression { Value: NumberValue from }, To: LiteralExpression { Value: NumberValue to } }
            || Math.Abs(from.ToNumberValue()) > int.MaxValue || Math.Abs(to.ToNumberValue()) > int.MaxValue
            || to.ToNumberValue() - from.ToNumberValue() > LongestRange)
            Problem ??= ($"A range needs two numbers at most {LongestRange} apart", "in");
        return rangeExpression;
    }
}
