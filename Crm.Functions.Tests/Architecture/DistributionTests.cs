using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Architecture;

/// <summary>
/// The schema keeps the rules that Citus has for tables distributed by <c>organization_id</c>: unique keys and foreign keys contain it, and what belongs to no
/// one organisation is copied to every server or stays on one.
/// </summary>
public sealed class DistributionTests(TestServices services)
{
    /// <summary>The tables that are not distributed, and why. docs/scale.md says what becomes of each.</summary>
    private static readonly Dictionary<string, string> Shared = new(StringComparer.Ordinal)
    {
        ["organizations"] = "copied: every row refers to its organisation",
        ["users"] = "copied: an address is one account's over all organisations",
        ["time_zones"] = "copied: the same for all",
        ["provider_events"] = "on one server: what vendors tell, before it is known whose it is",
        ["provider_pulses"] = "on one server: when a vendor was heard of",
        ["login_attempts"] = "on one server: before it is known who signs in",
        ["timers"] = "on one server: which work is due",
        ["schema_migrations"] = "on one server",
    };

    private const string FaultsSql = """
        with tables as (
            select c.oid, c.relname::text as name, a.attnum as organization, c.relname = any($1) as shared, a.attnotnull
            from pg_class c
            left join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped
            where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
        )
        select coalesce(string_agg(fault, E'\n' order by fault), '')
        from (
            select name || ' has no organization_id that is always there' as fault
            from tables
            where not shared and attnotnull is not true
            union all
            select format('the unique key %s of %s does not contain organization_id', i.indexrelid::regclass, t.name)
            from tables t
            join pg_index i on i.indrelid = t.oid
            where not t.shared and i.indisunique and not t.organization = any(i.indkey)
            union all
            select format('%s of %s refers to rows of %s that may be of another organisation', f.conname, t.name, other.name)
            from tables t
            join pg_constraint f on f.conrelid = t.oid and f.contype = 'f'
            join tables other on other.oid = f.confrelid
            where not t.shared and not other.shared
              and coalesce(array_position(f.conkey, t.organization), -1) <> coalesce(array_position(f.confkey, other.organization), 0)
            union all
            select format('%s of %s refers to %s, which is distributed', f.conname, t.name, other.name)
            from tables t
            join pg_constraint f on f.conrelid = t.oid and f.contype = 'f'
            join tables other on other.oid = f.confrelid
            where t.shared and not other.shared
            union all
            select format('%s is not there', named.name)
            from unnest($1) named (name)
            where not exists (select from tables where tables.name = named.name)) faults
        """;

    [Fact]
    public async Task Every_table_can_be_distributed_by_organization_or_is_known_to_be_shared() =>
        Assert.Equal("", await services.App.Scalar<string>(FaultsSql, (object)Shared.Keys.ToArray()));
}
