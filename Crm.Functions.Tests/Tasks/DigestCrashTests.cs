using System.Globalization;
using Crm.Functions.Tests.EndToEnd;
using Crm.Functions.Tests.Fixture;
using Crm.Local.FunctionsHost;
using Crm.Local.Providers;
using Crm.Local.Services;
using Crm.Shared.Integrations.AzureQueues;
using Npgsql;

namespace Crm.Functions.Tests.Tasks;

/// <summary>The promise of the daily mail, against a process that is killed at any moment.</summary>
public sealed class DigestCrashTests(TestServices services, ITestOutputHelper output)
{
    private const int Users = 2000;
    private const int Kills = 20;
    private const int MostWorkInALife = 180;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);
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
            select id, gen_random_uuid(), 'user-' || n || '@' || id || '.test', 'User', 'staff', now(), now() from organization, generate_series(1, @users / 20) n
            returning organization_id, id)
        insert into tasks (organization_id, id, title, due_at, assignee_id, created_by, created_at, updated_at)
        select organization_id, gen_random_uuid(), 'Late', now() - interval '1 day', id, id, now(), now() from person
        """;

    [Fact]
    public async Task Killed_twenty_times_during_a_run_it_misses_nobody_and_repeats_only_what_was_cut_while_it_was_sent()
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("crm-digest-").FullName;
        var connection = await services.CreateDatabase();
        await using var database = NpgsqlDataSource.Create(connection);
        await using var azurite = await Azurite.StartAsync(null, Path.Combine(folder, "azurite.log"), ct: ct);
        await using var providers = await ProviderSimulator.StartAsync(ct: ct);
        var clockFile = Path.Combine(folder, "clock");
        var app = FunctionApp.Read(Path.Combine(LocalStackProcess.Root, "Crm.Functions", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0"));
        await using var handler = new MortalHandler(app, new(StringComparer.Ordinal)
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["Clock__OffsetFile"] = clockFile,
            ["Database__ConnectionString"] = connection,
            ["AzureWebJobsStorage"] = azurite.ConnectionString,
            ["Jwt__Key"] = "the-tests-own-signing-key-0123456789",
            ["SendGrid__ApiKey"] = "SG.test",
            ["SendGrid__BaseUrl"] = providers.BaseUrl.ToString().TrimEnd('/'),
            ["SendGrid__FromEmail"] = "no-reply@crm.test",
            ["Logging__LogLevel__Default"] = "None",
        });
        await Seed(database);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        stop.CancelAfter(Limit);
        using var invocations = new HttpMessageInvoker(handler, disposeHandler: false);
        var invoker = new FunctionInvoker(invocations, handler.Address, TimeSpan.FromMinutes(1));
        var queues = QueueClient.FromConnectionString(azurite.ConnectionString);
        var settings = app.QueueSettings with { VisibilityTimeout = TimeSpan.FromSeconds(1) };
        Task[] host = [.. app.Queues.Select(queue => new QueueListener(queue, settings, queues, invoker).RunAsync(stop.Token)), .. Timers.Select(timer => Fire(app, invoker, timer.Name, timer.Every, stop.Token))];

        var started = TimeProvider.System.GetTimestamp();
        var sentAtKill = new List<long>();
        for (var life = 0; life < Kills; life++)
        {
            await handler.Start();
            // By what it did and not by time, so that a slow machine is hit in its work as well.
            var end = await Progress(database) + Random.Shared.Next(1, MostWorkInALife);
            await Until(async () => await Progress(database) >= end, host, stop.Token);
            sentAtKill.Add(await Count(database, "emails where status = 'sent'"));
            Assert.True(await Count(database, "emails where status = 'sent'") < Users, $"All was sent before kill {life + 1}.");
            await handler.Kill();
        }

        var killed = TimeProvider.System.GetElapsedTime(started);
        await handler.Start();
        // What was claimed by the dead is due again when its lease has run out; what they left in the outbox, when it is old enough.
        await File.WriteAllTextAsync(clockFile, "120", stop.Token);
        await Until(async () => await Count(database, "emails where status = 'sent'") == Users && await Count(database, "outbox") == 0, host, stop.Token);
        var duration = TimeProvider.System.GetElapsedTime(started);
        await stop.CancelAsync();
        await Task.WhenAll(host);

        Assert.Equal(Users, await Count(database, "task_digests"));
        Assert.Equal(Users, await Count(database, "emails"));
        var received = providers.Mailbox.Messages(kind: "email").GroupBy(mail => mail.To, StringComparer.Ordinal).ToDictionary(mails => mails.Key, mails => mails.Count(), StringComparer.Ordinal);
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
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Users} users, {Kills} kills, {killed.TotalSeconds:0.0} s of them and {duration.TotalSeconds:0.0} s in all; {again} tried again, {twice} came twice; sent at each kill: {string.Join(' ', sentAtKill)}"));
        Directory.Delete(folder, recursive: true);
    }

    private static async Task Until(Func<Task<bool>> isSo, Task[] host, CancellationToken ct)
    {
        while (!await isSo())
        {
            Assert.DoesNotContain(host, part => part.IsFaulted);
            await Task.Delay(10, ct);
        }
    }

    private static async Task Seed(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(SeedSql);
        command.Parameters.AddWithValue("users", Users);
        // Where it is about noon: past eight, and the same date for the length of the test.
        command.Parameters.AddWithValue("zone", string.Create(CultureInfo.InvariantCulture, $"Etc/GMT{DateTimeOffset.UtcNow.Hour - 12:+0;-0;+0}"));
        await command.ExecuteNonQueryAsync();
    }

    private static async Task Fire(FunctionApp app, FunctionInvoker invoker, string name, TimeSpan every, CancellationToken ct)
    {
        var timer = app.Timers.Single(timer => timer.Name == name);
        try
        {
            while (true)
            {
                // A run that is cut fails; the next one continues it.
                await invoker.InvokeAsync(name, InvocationPayload.ForTimer(timer, null, false, DateTimeOffset.UtcNow), ct);
                await Task.Delay(every, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    // Each user is two steps: claimed, and sent.
    private static Task<long> Progress(NpgsqlDataSource database) => Count(database, "(select from task_digests union all select from emails where status = 'sent') steps");

    private static async Task<long> Count(NpgsqlDataSource database, string rows)
    {
        await using var command = database.CreateCommand($"select count(*) from {rows}");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
