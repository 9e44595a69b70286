using DbUp.Engine.Output;
using DbUp.Engine.Transactions;
using DbUp.Postgresql;

namespace Crm.Shared.Database;

/// <summary>DbUp's journal in our own table: one row for each file that was applied.</summary>
internal sealed class MigrationJournal(
    Func<IConnectionManager> connection, Func<IUpgradeLog> log) : PostgresqlTableJournal(connection, log, schema: null, "schema_migrations")
{
    protected override string CreateSchemaTableSql(string quotedPrimaryKeyName) =>
        "create table schema_migrations (number integer primary key, name text not null, applied_at timestamptz not null default now())";

    // On the search path: a table of that name in somebody else's schema is not ours.
    protected override string DoesTableExistSql() => "select count(to_regclass('schema_migrations'))";

    protected override string GetJournalEntriesSql() => "select name from schema_migrations order by number";

    // The number is unique: a file that changed its name fails instead of being applied again.
    protected override string GetInsertJournalEntrySql(string scriptName, string applied) =>
        $"insert into schema_migrations (number, name) values (left({scriptName}, 4)::integer, {scriptName})";
}
