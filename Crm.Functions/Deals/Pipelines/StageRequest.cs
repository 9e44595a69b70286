using System.Globalization;

namespace Crm.Functions.Deals.Pipelines;

/// <param name="Id">A stage of the pipeline, which stays; a new one has none.</param>
/// <param name="Name">What it is called; a stage that stays may leave it out.</param>
/// <param name="Type">open, won or lost; open by default for a new one.</param>
/// <param name="Probability">How likely a deal here is won, in percent; by default 50, won 100, lost 0.</param>
[ValidatableType]
public sealed record StageRequest(Guid? Id, string? Name, string? Type, int? Probability)
{
    private const int Most = 50;
    private const int LongestName = 100;
    private const int Even = 50;

    private static readonly string[] Types = [StageType.Open, StageType.Won, StageType.Lost];

    /// <summary>The stage with what it leaves out taken from what is there.</summary>
    internal NewStage Over(NewStage? current)
    {
        var type = Type?.ToLowerInvariant() ?? current?.Type ?? StageType.Open;
        var usual = type == current?.Type ? current.Probability : type switch { StageType.Won => 100, StageType.Lost => 0, _ => Even };
        return new(Fields.Text(Name) ?? current?.Name ?? "", type, Probability ?? usual);
    }

    /// <summary>What is wrong with the stages of a pipeline, one by one and as a whole; null when nothing is.</summary>
    internal static Error? Fault(IReadOnlyList<NewStage> stages)
    {
        if (stages.Count > Most)
            return Error.Invalid("stages", $"stages must be at most {Most}.");
        foreach (var (index, stage) in stages.Index())
        {
            var (field, message) = stage switch
            {
                { Name: "" } => ("name", "name is required."),
                { Name.Length: > LongestName } => ("name", $"name must be at most {LongestName} characters."),
                { Type: not (StageType.Open or StageType.Won or StageType.Lost) } => ("type", "type must be one of open, won, lost."),
                { Probability: < 0 or > 100 } => ("probability", "probability must be from 0 to 100."),
                _ => ("", ""),
            };
            if (field.Length > 0)
                return Error.Invalid(string.Create(CultureInfo.InvariantCulture, $"stages[{index}].{field}"), message);
        }

        var missing = Types.Except(stages.Select(stage => stage.Type), StringComparer.Ordinal).ToArray();
        return missing.Length > 0
            ? Error.Invalid("stages", $"A pipeline needs at least one open, one won and one lost stage; missing: {string.Join(", ", missing)}.")
            : null;
    }
}
