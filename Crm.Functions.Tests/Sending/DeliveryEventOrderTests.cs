using System.Diagnostics;
using Crm.Functions.Sending;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Sending;

/// <summary>Whatever the order in which events come, and however often, what is known in the end is the same.</summary>
public sealed class DeliveryEventOrderTests(TestServices services)
{
    private const int Messages = 120;

    // Everything but the times at which something was written here.
    private const string StateSql = """
        select concat_ws(E'\n',
            (select string_agg(concat_ws(' ', array_position($2, id), status, error, provider_id, sent_at, delivered_at, opened_at, human_opened_at, clicked_at,
                                         human_clicked_at, bounced_at, failed_at, complained_at, unsubscribed_at), E'\n' order by array_position($2, id))
             from deliveries where organization_id = $1),
            (select string_agg(concat_ws(' ', address, reason), E'\n' order by address) from suppressions where organization_id = $1),
            (select string_agg(concat_ws(' ', email, version, unsubscribed_email, unsubscribed_sms), E'\n' order by email)
             from contacts where organization_id = $1),
            (select count(*) from timeline_entries where organization_id = $1),
            (select string_agg(state, ' ' order by id) from provider_calls where organization_id = $1),
            (select concat_ws(' ', sum(recipients), sum(pending), sum(sent), sum(delivered), sum(opened), sum(clicked), sum(human_opened), sum(human_clicked),
                              sum(bounced), sum(failed), sum(suppressed), sum(unsubscribed), sum(complained))
             from campaign_totals where organization_id = $1))
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Shuffled_and_repeated_events_end_in_the_same_state(int seed)
    {
        var random = new Random(seed);
        var events = Enumerable.Range(0, 2500).Select(_ => Told(random)).ToArray();
        var (tidy, wild) = (await Make(), await Make());

        foreach (var batch in events.OrderBy(told => told.At).ThenBy(told => told.Kind).Distinct().Chunk(500))
            await tidy.Apply([.. batch.Select(told => Of(tidy, told))]);
        var mixed = events.Concat(events.Where(_ => random.Next(5) == 0)).ToArray();
        random.Shuffle(mixed);
        for (var at = 0; at < mixed.Length;)
        {
            var size = Math.Min(random.Next(1, 400), mixed.Length - at);
            await wild.Apply([.. mixed[at..(at + size)].Select(told => Of(wild, told))]);
            at += size;
        }

        var expected = await State(tidy);
        Assert.Equal(expected, await State(wild));
        Assert.True(expected.Contains("bounced", StringComparison.Ordinal) && expected.Contains("complained", StringComparison.Ordinal)
            && expected.Contains("failed", StringComparison.Ordinal) && expected.Contains("accepted", StringComparison.Ordinal), expected);
    }

    [Fact]
    public async Task Batches_applied_at_once_wait_for_one_another_and_do_not_deadlock()
    {
        var random = new Random(4);
        var events = Enumerable.Range(0, 2000).Select(_ => Told(random)).ToArray();
        var (tidy, wild) = (await Make(), await Make());
        await tidy.Apply([.. events.Select(told => Of(tidy, told))]);
        random.Shuffle(events);
        var before = await Deadlocks();

        await Task.WhenAll(events.Chunk(250).Select(batch => Task.Run(() => wild.Apply([.. batch.Select(told => Of(wild, told))]))));

        Assert.Equal(await State(tidy), await State(wild));
        Assert.Equal(before, await Deadlocks());
    }

    /// <summary>Run once by hand, with what it says: <c>CRM_STORM=200000</c>.</summary>
    [Fact]
    public async Task A_storm_of_events_is_weathered()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("CRM_STORM"), out var asked) ? asked : 5_000;
        var random = new Random(5);
        var ledger = await Ledger.Create(services.App, count / 4);
        await ledger.SetSent();
        var events = Enumerable.Range(0, count).Select(_ => Of(ledger, Told(random, ledger.Deliveries.Length))).ToArray();
        var watch = Stopwatch.StartNew();
        foreach (var batch in events.Chunk(500))
            await ledger.Apply(batch);
        TestContext.Current.SendDiagnosticMessage("{0} events in {1}", count, watch.Elapsed);
        Assert.Equal(0, await ledger.Org.App.Scalar<long>("select count(*) from deliveries where organization_id = $1 and state = 'pending'", ledger.Org.Id));
    }

    private sealed record Draw(int Message, DeliveryEventKind Kind, int At, int Reason);

    private static Draw Told(Random random, int messages = Messages)
    {
        // What is final is rarer, so that the other states are seen too.
        var kind = (DeliveryEventKind)random.Next(12);
        if (kind is DeliveryEventKind.Bounced or DeliveryEventKind.Blocked or DeliveryEventKind.Dropped or DeliveryEventKind.Complained && random.Next(12) > 0)
            kind = DeliveryEventKind.Delivered;
        return new(random.Next(messages), kind, random.Next(-20, 200), random.Next(3));
    }

    private static DeliveryEvent Of(Ledger ledger, Draw told) => new(
        ledger.Deliveries[told.Message], told.Kind, Ledger.Start.AddSeconds(told.At),
        told.Kind is DeliveryEventKind.Bounced or DeliveryEventKind.Blocked or DeliveryEventKind.Dropped ? $"reason {told.Reason}" : null,
        "SG.x", told.Kind == DeliveryEventKind.Dropped && told.Reason == 0 ? "complained" : null);

    // Messages in every state that events meet.
    private async Task<Ledger> Make()
    {
        var ledger = await Ledger.Create(services.App, Messages);
        await ledger.Set("state = 'sent', sent_at = $3", ledger.Deliveries[..30], Ledger.Start);
        await ledger.Call(ledger.Deliveries[30..50]);
        await ledger.Call(ledger.Deliveries[50..70], "uncertain");
        await ledger.Call(ledger.Deliveries[70..90], "unconfirmed");
        await ledger.Set("state = 'failed', error = 'unconfirmed', failed_at = $3", ledger.Deliveries[70..90], Ledger.Start.AddDays(3));
        await ledger.Set("state = 'suppressed', skip_reason = 'manual'", ledger.Deliveries[90..95]);
        return ledger;
    }

    private static Task<string> State(Ledger ledger) => ledger.Org.App.Scalar<string>(StateSql, ledger.Org.Id, ledger.Deliveries);

    private async Task<long> Deadlocks()
    {
        await services.App.Scalar<bool>("select pg_stat_force_next_flush() is null");
        return await services.App.Scalar<long>("select deadlocks from pg_stat_database where datname = current_database()");
    }
}
