using System.Globalization;

namespace Crm.Bench;

/// <summary>Sides of a comparison in turn, round after round, the order reversed in every other round.</summary>
public sealed class Rounds(BenchOptions options)
{
    /// <summary>The slices of each side, in the sides' order; those of one round stand at the same place.</summary>
    public async Task<IReadOnlyList<Slice>[]> Run(string name, params IReadOnlyList<Side> sides)
    {
        foreach (var side in sides.Where(static side => side.WarmUp > 0))
            await side.Run(side.WarmUp * options.Seconds);
        var slices = sides.Select(static _ => new List<Slice>()).ToArray();
        for (var round = 0; round < options.Rounds; round++)
        {
            var order = Enumerable.Range(0, sides.Count);
            foreach (var side in round % 2 == 0 ? order : order.Reverse())
                slices[side].Add(await sides[side].Run(options.Seconds));
            Report.Progress(
                $"{name}: {string.Join(" against ", slices.Select(static side => side[^1].PerSecond.ToString("0", CultureInfo.InvariantCulture)))} a second");
        }

        return [.. slices];
    }
}
