using Fluid.Ast;

namespace Crm.Shared.Liquid;

/// <summary>What is equal of two outputs that say the same: they share a tag.</summary>
internal static class OutputKey
{
    private const char Separator = '\u0001';

    /// <summary>Null for what reads a name of the template's own, whose value changes.</summary>
    public static string? Of(Expression expression) => expression switch
    {
        MemberExpression member => LiquidInspector.PathOf(member) is { } path && MergeFields.Find(path) is not null ? path : null,
        LiteralExpression literal => $"{literal.Value.Type}:{literal.Value.ToStringValue()}",
        FilterExpression filter => Of(filter),
        _ => null,
    };

    private static string? Of(FilterExpression filter)
    {
        if (Of(filter.Input) is not { } input)
            return null;
        var parameters = filter.Parameters.Select(parameter => Of(parameter.Expression) is { } key ? $"{parameter.Name}={key}" : null).ToArray();
        return parameters.Contains(null) ? null : $"{input}|{filter.Name}({string.Join(Separator, parameters)})";
    }
}
