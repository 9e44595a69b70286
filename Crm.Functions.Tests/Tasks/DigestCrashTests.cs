using System.Globalization;
using Crm.Functions.Tests.Fixture;
using Crm.Local.Providers;
using Npgsql;

namespace Crm.Functions.Tests.Tasks;

/// <summary>The promise of the daily mail, against a process that is killed at any moment.</summary>
public sealed class DigestCrashTests(TestServices services, ITestOutputHelper output)
{
    private const int Users = 1200;
    private const int Kills = 20;
    private const int MostWorkInALife = 54;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan Still = TimeSpan.FromSeconds(3);

    // More often than in earnest; a sweep queues again what still waits, so it is left some time.
    private static readonly (string Name, TimeSpan Every)[] Timers =
        [("SendTaskReminders", TimeSpan.FromMilliseconds(500)), ("SweepOutbox", TimeSpan.FromSeconds(2)), ("SweepEmails", TimeSpan.FromSeconds(20))];

    private const string SeedSql = """
        with organization as (
            insert into organizations (id, name, slug, timezone, created_at, updated_at)
            select gen_random_uuid(), 'Organisation ' || n, 'organization-' || n, @zone, now(), now() from generate_series(1, 20) n
            returning id),
        person as (
            insert into users (organization_id, id, email, first_name, role, created_at, updated_at)
            select id, gen_random_uuid(), 'user-' || n || '@' || id || '.test', 'User', 'staff', now(), now()
            from organization, generate_series(1, @users / 20) n
            returning organization_id, id)
        insert into tasks (organization_id, id, title, due_at, assignee_id, created_by, created_at, updated_at)
        select organization_id, gen_random_uuid(), 'Late', now() - interval '1 day', id, id, now(), now() from person
        """;

    [Fact]
    public async Task Killed_twenty_times_during_a_run_it_misses_nobody_and_repeats_only_what_was_cut_while_it_was_sent()
    {
        var ct = TestContext.Current.CancellationToken;
        var connection = await services.CreateDatabase();
        await using var database = NpgsqlDataSource.Create(connection);
        await using var providers = await ProviderSimulator.Start(ct: ct);
        await using var handler = new KillableHandler(connection, services.NewQueues(), providers);
        await Seed(database);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        stop.CancelAfter(Limit);
        var firing = Task.WhenAll(Timers.Select(timer => handler.KeepFiring(timer.Name, timer.Every, stop.Token)));
        var started = TimeProvider.System.GetTimestamp();
        var sentAtKill = new List<long>();
        for (var life = 0; life < Kills; life++)
        {
            await handler.Start();
            // By what it did and not by time, so that a slow machine is hit in its work as well.
            var end = await Progress(database) + Random.Shared.Next(1, MostWorkInALife);
            while (await Progress(database) < end)
                await Task.Delay(10, stop.Token);
            sentAtKill.Add(await Count(database, "emails where status = 'sent'"));
            Assert.True(sentAtKill[^1] < Users, $"All was sent before kill {life + 1}.");
            await handler.Kill();
        }

        var killed = TimeProvider.System.GetElapsedTime(started);
        await handler.Start();
        await Rest(database, stop.Token);
        await stop.CancelAsync();
        await firing;
        // What is left was taken by the dead, a message or a mail: it is due again when their leases have run out, which the clock brings about.
        await handler.SweepUntil(async () => await Count(database, "emails where status = 'sent'") == Users);
        var duration = TimeProvider.System.GetElapsedTime(started);

        Assert.Equal(Users, await Count(database, "task_digests"));
        Assert.Equal(Users, await Count(database, "emails"));
        var received = providers.Mailbox.Messages(kind: "email").GroupBy(mail => mail.To, StringComparer.Ordinal)
            .ToDictionary(mails => mails.Key, mails => mails.Count(), StringComparer.Ordinal);
        Assert.Equal(Users, received.Count);
        // A mail may have come as often as it was tried; tried again was only what a kill cut between the claim and its settlement.
        var twice = 0;
        await using var rows = await database.CreateCommand("select recipient, attempts from emails").ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            Assert.InRange(received[rows.GetString(0)], 1, rows.GetInt32(1));
            twice += received[rows.GetString(0)] > 1 ? 1 : 0;
        }

        var again = await Count(database, "emails where attempts > 1");
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Users} users, {Kills} kills, {killed.TotalSeconds:0.0} s of them and {duration.TotalSeconds:0.0} s in all; "
                    + $"{again} tried again, {twice} came twice; sent at each kill: {string.Join(' ', sentAtKill)}"));
    }

    private static async Task Seed(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(SeedSql);
        command.Parameters.AddWithValue("users", Users);
        // Where it is about noon: past eight, and the same date for the length of the test.
        command.Parameters.AddWithValue("zone", string.Create(CultureInfo.InvariantCulture, $"Etc/GMT{DateTimeOffset.UtcNow.Hour - 12:+0;-0;+0}"));
        await command.ExecuteNonQueryAsync();
    }

    // Each user is two steps: claimed, and sent.
    private static Task<long> Progress(NpgsqlDataSource database) =>
        Count(database, "(select from task_digests union all select from emails where status = 'sent') steps");

    // Until no more is done in the time that a sweep is left.
    private static async Task Rest(NpgsqlDataSource database, CancellationToken ct)
    {
        var before = -1L;
        while (await Progress(database) is var now && now != before)
        {
            before = now;
            await Task.Delay(Still, ct);
        }
    }

    private static async Task<long> Count(NpgsqlDataSource database, string rows)
    {
        await using var command = database.CreateCommand($"select count(*) from {rows}");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
