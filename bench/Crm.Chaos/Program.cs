using System.CommandLine;
using Crm.Chaos;
using Crm.Local.Services;

var recipients = new Option<int>("--recipients") { Description = "The campaign's recipients.", DefaultValueFactory = _ => 20_000 };
var workers = new Option<int>("--worker-kills") { Description = "Kills of the worker.", DefaultValueFactory = _ => 30 };
var stacks = new Option<int>("--stack-kills") { Description = "Kills of the whole stack, host and simulators included.", DefaultValueFactory = _ => 5 };
var databases = new Option<int>("--database-kills") { Description = "Kills of PostgreSQL.", DefaultValueFactory = _ => 2 };
var seed = new Option<int>("--seed") { Description = "Picks the moments.", DefaultValueFactory = _ => Environment.TickCount };
var speed = new Option<bool>("--speed") { Description = "Kills nothing and measures: the campaign against a bare loop, its recipients against a bare insert." };
var events = new Option<bool>("--events") { Description = "Kills nothing and measures the database's processor time for a recipient and a vendor's event." };
var rounds = new Option<int>("--rounds") { Description = "Of --speed: slices of each side.", DefaultValueFactory = _ => 5 };
var latency = new Option<int>("--latency") { Description = "Of --speed: milliseconds that the vendor takes for a call, on both sides." };
var command = new RootCommand("Sends a campaign while its worker, its host and its database are killed, and counts who got it how often.")
{
    recipients, workers, stacks, databases, seed, speed, events, rounds, latency,
};
command.SetAction(async (parsed, ct) =>
{
    try
    {
        if (parsed.GetValue(speed))
        {
            await new CampaignSpeed(parsed.GetValue(recipients), parsed.GetValue(rounds), parsed.GetValue(latency)).Run(ct);
            return 0;
        }

        if (parsed.GetValue(events))
        {
            await new CampaignEvents(parsed.GetValue(recipients)).Run(ct);
            return 0;
        }

        return await new CampaignUnderFire(new ChaosOptions
        {
            Recipients = parsed.GetValue(recipients),
            WorkerKills = parsed.GetValue(workers),
            StackKills = parsed.GetValue(stacks),
            DatabaseKills = parsed.GetValue(databases),
            Seed = parsed.GetValue(seed),
        }).Run(ct) ? 0 : 1;
    }
    catch (StackException exception)
    {
        await Console.Error.WriteLineAsync(exception.Message);
        return 1;
    }
});
return await command.Parse(args).InvokeAsync();
