using System.CommandLine;
using Crm.Bench;
using Crm.Local.Services;

var only = new Option<string[]>("--only") { Description = $"Some of the measurements: {string.Join(", ", Benchmark.Names)}.", AllowMultipleArgumentsPerToken = true };
var seconds = new Option<int>("--seconds") { Description = "Length of a slice.", DefaultValueFactory = _ => 3 };
var rounds = new Option<int>("--rounds") { Description = "Paired slices of each measurement.", DefaultValueFactory = _ => 7 };
var starts = new Option<int>("--starts") { Description = "Cold starts of each side.", DefaultValueFactory = _ => 12 };
var app = new Option<string?>("--app") { Description = "A published function app to measure instead of a fresh build." };
var command = new RootCommand("Measures the API against the same work done without it, on a million contacts.") { only, seconds, rounds, starts, app };
command.SetAction(async (parsed, ct) =>
{
    var chosen = (parsed.GetValue(only) ?? []).SelectMany(names => names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToArray();
    if (chosen.FirstOrDefault(name => !Benchmark.Names.Contains(name, StringComparer.Ordinal)) is { } unknown)
        return await Fail($"There is no measurement {unknown}: choose from {string.Join(", ", Benchmark.Names)}.");
    try
    {
        await new Benchmark(new(chosen, parsed.GetValue(seconds), parsed.GetValue(rounds), parsed.GetValue(starts), parsed.GetValue(app))).Run(ct);
        return 0;
    }
    catch (StackException exception)
    {
        return await Fail(exception.Message);
    }
});
return await command.Parse(args).InvokeAsync();

static async Task<int> Fail(string message)
{
    await Console.Error.WriteLineAsync(message);
    return 1;
}
