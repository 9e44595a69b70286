namespace Crm.Shared.Liquid;

/// <summary>Why a text is no template, or cannot be rendered, and where, from 1.</summary>
public sealed record LiquidFault(string Problem, int Line, int Column)
{
    /// <summary>The fault at a place in a text.</summary>
    public static LiquidFault At(string source, int place, string problem)
    {
        var before = source.AsSpan(0, Math.Min(place, source.Length));
        return new(problem, before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'));
    }
}

/// <summary>Ends the reading of a text from deep within; never leaves this folder.</summary>
internal sealed class LiquidException(LiquidFault fault) : Exception(fault.Problem)
{
    public LiquidFault Fault => fault;

    public static LiquidException At(string source, int place, string problem) => new(LiquidFault.At(source, place, problem));
}
