using System.Globalization;
using Npgsql;
using Spectre.Console;

namespace Crm.Chaos;

/// <summary>What a campaign's recipients cost the database until they are sent to, and then the events by which the vendor tells of them.</summary>
internal sealed class CampaignEvents(int recipients)
{
    private const int EventsOfEach = 2;
    private const string HandledSql = "select count(*) filter (where processed_at is not null) from provider_events";

    public async Task Run(CancellationToken ct)
    {
        await using var stack = new Stack();
        await stack.Start(ct);
        await Api.AddContacts(stack, recipients, ct);
        await Api.SignIn(stack, ct);
        await using var source = NpgsqlDataSource.Create(stack.ConnectionString);
        // The vendor waits until all are sent to, and tells of them then: processed, and delivered.
        await Api.Post($"{stack.Providers}/simulate/callbacks", new { automatic = true, stepMs = 20_000 }, ct);
        var rest = stack.DatabaseProcessor;
        await CampaignSpeed.Campaign(stack, ct);
        var sent = stack.DatabaseProcessor;
        while (await Handled() < EventsOfEach * recipients)
            await Task.Delay(TimeSpan.FromSeconds(5), ct);
        var (sending, telling) = ((sent - rest).TotalMilliseconds / recipients, (stack.DatabaseProcessor - sent).TotalMilliseconds / EventsOfEach / recipients);
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"The database's processor: {sending:0.000} ms a recipient, added and sent to; {telling:0.000} ms an event of the vendor's."));

        async Task<long> Handled()
        {
            await using var command = source.CreateCommand(HandledSql);
            return (long)(await command.ExecuteScalarAsync(ct))!;
        }
    }
}
