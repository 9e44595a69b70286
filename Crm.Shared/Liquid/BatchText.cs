using Fluid;
using Fluid.Ast;

namespace Crm.Shared.Liquid;

/// <summary>
/// One text of a mail to many: what is the same for all of them rendered once, and in place of each statement that differs a tag.
/// </summary>
internal sealed class BatchText
{
    private readonly LiquidText _text;

    /// <summary>What is rendered anew for each recipient, in order; without a tag what only gives names their values.</summary>
    private readonly List<(Statement Statement, string? Tag)> _steps = [];

    /// <param name="text">The text.</param>
    /// <param name="shared">The organisation's values.</param>
    /// <param name="newTag">Makes a tag that stands nowhere else.</param>
    /// <exception cref="FluidException">It cannot be rendered; other exceptions too.</exception>
    public BatchText(LiquidText text, MergeValues shared, Func<string> newTag)
    {
        _text = text;
        var context = LiquidEngine.NewContext(shared);
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        var tainted = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        using var writer = new LimitedWriter();
        foreach (var statement in text.Statements)
        {
            var use = new RecipientUse(tainted);
            use.Visit(statement);
            if (use.Differs)
                tainted.UnionWith(use.Assigned);
            else
                text.Write(statement, writer, context);
            // A later piece may read what it assigns.
            if (statement is AssignStatement || !use.Differs && use.Assigned.Count > 0)
                _steps.Add((statement, null));
            if (statement is not AssignStatement && use.Differs)
                writer.Write(TagOf(statement, known, newTag));
        }

        Shared = writer.ToString();
    }

    public string Shared { get; }

    /// <summary>Adds what stands in place of each tag for one recipient; false when that grows too many or too long.</summary>
    /// <exception cref="FluidException">It cannot be rendered; other exceptions too.</exception>
    public bool Fill(MergeValues recipient, Substitutions substitutions)
    {
        var context = LiquidEngine.NewContext(recipient);
        foreach (var (statement, tag) in _steps)
        {
            using var writer = new LimitedWriter();
            _text.Write(statement, writer, context);
            if (tag is not null && !substitutions.Add(tag, writer.ToString()))
                return false;
        }

        return true;
    }

    private string TagOf(Statement statement, Dictionary<string, string> known, Func<string> newTag)
    {
        var key = statement is OutputStatement output ? OutputKey.Of(output.Expression) : null;
        if (key is not null && known.TryGetValue(key, out var tag))
            return tag;
        tag = newTag();
        _steps.Add((statement, tag));
        if (key is not null)
            known[key] = tag;
        return tag;
    }
}
