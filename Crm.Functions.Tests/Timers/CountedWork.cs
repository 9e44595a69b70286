using Npgsql;

namespace Crm.Functions.Tests.Timers;

/// <summary>Three works, one of each period, and one to be held up, which are counted by the statement that each of them begins with.</summary>
internal static class CountedWork
{
    /// <summary>Every minute.</summary>
    public const string Minute = "WakeConversations";
    public const string FiveMinutes = "SweepFiles";
    public const string QuarterHour = "MarkOverdueInvoices";

    /// <summary>Every minute; it waits for whoever holds its table.</summary>
    public const string Held = "SweepWebhooks";

    public const string Sql = """
        create table ran (work text not null);
        create function note() returns trigger language plpgsql as $$
        begin
            insert into ran (work) values (tg_argv[0]);
            return null;
        end $$;
        create trigger ran before update of snoozed_until on conversations for each statement execute function note('WakeConversations');
        create trigger ran before update of queued_until on stored_files for each statement execute function note('SweepFiles');
        create trigger ran before update of overdue_at on invoices for each statement execute function note('MarkOverdueInvoices');
        create trigger ran before update of queued_until on webhook_deliveries for each statement execute function note('SweepWebhooks');
        """;

    private const string WaitingSql = "select count(*) from pg_locks where not granted and relation = 'webhook_deliveries'::regclass";

    public static async Task<long> Times(this NpgsqlDataSource database, string work)
    {
        await using var command = database.CreateCommand("select count(*) from ran where work = $1");
        command.Parameters.AddWithValue(work);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Keeps <see cref="Held"/> from its work until disposed.</summary>
    public static async Task<NpgsqlConnection> Hold(this NpgsqlDataSource database)
    {
        var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("begin; lock table webhook_deliveries in access exclusive mode", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    /// <summary>How many are kept from it.</summary>
    public static async Task<long> Waiting(this NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(WaitingSql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public static async Task Until(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await isSo())
        {
            Assert.False(patience.IsCancellationRequested, "It never came to that.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
