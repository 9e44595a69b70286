using System.CommandLine;
using Crm.Bench;
using Crm.Local.Services;

var only = new Option<string[]>("--only")
{
    Description = $"Some of the measurements: {string.Join(", ", Benchmark.Names)}.",
    AllowMultipleArgumentsPerToken = true,
};
var seconds = new Option<double>("--seconds") { Description = "Length of a slice, in whole seconds.", DefaultValueFactory = _ => 2 };
var rounds = new Option<int>("--rounds") { Description = "Slices of each side.", DefaultValueFactory = _ => 5 };
var starts = new Option<int>("--starts") { Description = "Cold starts of each side.", DefaultValueFactory = _ => 9 };
var contacts = new Option<int>("--contacts") { Description = "Size of the data set.", DefaultValueFactory = _ => 1_000_000 };
var app = new Option<string?>("--app") { Description = "A published function app to measure behind the host instead of a fresh build." };
var noPublish = new Option<bool>("--no-publish") { Description = "Measures what the last run published." };
var before = new Option<string?>("--before") { Description = "A commit at which the app was a custom handler: its second call is measured beside ours." };
var command = new RootCommand("Measures the API against the same work done without it, on a million contacts.")
{
    only, seconds, rounds, starts, contacts, app, noPublish, before,
};
command.SetAction(async (parsed, ct) =>
{
    var chosen = (parsed.GetValue(only) ?? [])
        .SelectMany(names => names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToArray();
    if (chosen.FirstOrDefault(name => !Benchmark.Names.Contains(name, StringComparer.Ordinal)) is { } unknown)
        return await Fail($"There is no measurement {unknown}: choose from {string.Join(", ", Benchmark.Names)}.");
    var options = new BenchOptions
    {
        Only = chosen,
        // The load generators take no parts of a second.
        Seconds = Math.Max(1, (int)Math.Ceiling(parsed.GetValue(seconds))),
        Rounds = parsed.GetValue(rounds),
        Starts = parsed.GetValue(starts),
        Contacts = parsed.GetValue(contacts),
        App = parsed.GetValue(app),
        Publish = !parsed.GetValue(noPublish),
        Before = parsed.GetValue(before),
    };
    try
    {
        await new Benchmark(options).Run(ct);
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
