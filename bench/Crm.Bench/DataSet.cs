using System.Diagnostics;
using System.Globalization;
using Crm.Local.Services;
using Microsoft.AspNetCore.Identity;
using Npgsql;

namespace Crm.Bench;

/// <summary>The rows that are asked for; and none, at the start of a run, where rows are written.</summary>
public sealed class DataSet(BenchDatabase database)
{
    private static readonly string[] WrittenTables =
        ["timeline_entries", "audit_events", "invoice_items", "invoices", "invoice_totals", "invoice_counters", "contacts"];

    // Whom the invoices are for that Lua/invoice.lua and Sql/invoice.sql make.
    private static readonly string CustomersSql = $"""
        insert into contacts (organization_id, id, owner_id, first_name, created_at, updated_at)
        select '{BenchDatabase.Written}', ('01990000-0000-7000-8000-c' || lpad(n::text, 11, '0'))::uuid, '{BenchDatabase.Writer}', 'Ann ' || n, now(),
               now()
        from generate_series(1, 10000) n
        """;

    /// <summary>Makes the data unless it is there; a million contacts take two to three minutes.</summary>
    public async Task Fill(CancellationToken ct)
    {
        if (await database.Scalar<bool>("select to_regclass('bench_filled') is not null", ct))
        {
            // Without the foreign keys' checks, which look through all of an organisation's timeline for each contact.
            var deletes = string.Concat(WrittenTables.Select(static table => $"delete from {table} where organization_id = '{BenchDatabase.Written}'; "));
            await database.Execute($"set session_replication_role = replica; {deletes}reset session_replication_role", ct);
            await database.Execute(CustomersSql, ct);
            Report.Progress("Vacuuming");
            await database.Execute("vacuum (analyze)", ct);
            return;
        }

        if (await database.Scalar<bool>("select exists (select from organizations)", ct))
            throw new StackException("An earlier run was interrupted while it made the data: delete bench/.data/postgres-* and start again.");
        await RunAll("fill", ct);
        await database.Execute(CustomersSql, ct);
        await database.Execute("create table bench_filled ()", ct);
        await database.Execute("checkpoint", ct);
    }

    /// <summary>Makes deals, invoices and messages beside the contacts, unless they are there.</summary>
    public async Task FillBusiness(CancellationToken ct)
    {
        if (await database.Scalar<bool>("select to_regclass('bench_business') is not null", ct))
            return;
        await RunAll("business", ct);
        await using (var session = await database.Open(ct))
            await Run(session, Text.Sql("fold"), ct);
        await database.Execute("create table bench_business ()", ct);
        await database.Execute("checkpoint", ct);
    }

    private async Task RunAll(string file, CancellationToken ct)
    {
        // One session for all steps: they leave settings to one another.
        await using var session = await database.Open(ct);
        foreach (var step in Text.Sql(file).Split("-- step: ").Skip(1))
        {
            var title = step[..step.IndexOf('\n', StringComparison.Ordinal)];
            var watch = Stopwatch.StartNew();
            await Run(session, step[title.Length..], ct);
            Report.Progress(string.Create(CultureInfo.InvariantCulture, $"{title} ({watch.Elapsed.TotalSeconds:0} s)"));
        }
    }

    // Statement by statement: vacuum must stand alone.
    private async Task Run(NpgsqlConnection session, string step, CancellationToken ct)
    {
        var hash = new PasswordHasher<object>().HashPassword(new(), BenchDatabase.Password);
        var sql = step.Replace("$1", $"'{hash}'", StringComparison.Ordinal).Replace("$2", $"{database.Contacts}", StringComparison.Ordinal);
        foreach (var statement in sql.Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await using var command = new NpgsqlCommand(statement, session);
            await command.ExecuteNonQueryAsync(ct);
        }
    }
}
