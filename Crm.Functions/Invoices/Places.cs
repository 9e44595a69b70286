using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices;

/// <summary>Which day it is in the time zones of the organisations.</summary>
/// <param name="Zones">Their names.</param>
/// <param name="Days">The day there.</param>
internal sealed record Places(string[] Zones, DateOnly[] Days)
{
    private const string ZonesSql = """
        select distinct timezone
        from organizations
        """;

    /// <summary>In SQL, beside the organisation <c>o</c>, its day as <c>z.today</c>.</summary>
    public const string JoinSql = "join unnest(@Zones::text[], @Days::date[]) as z (zone, today) on z.zone = o.timezone";

    public static async Task<Places> Read(Db db, CancellationToken ct)
    {
        var now = db.Now;
        var zones = (await db.List<string>(Scope.Global, ZonesSql, null, ct)).ToArray();
        return new(zones, Array.ConvertAll(zones, zone => LocalDay.At(now, TimeZones.First(zone)).Date));
    }

    /// <summary>No place is further than this.</summary>
    public DateOnly Latest => Days.Length == 0 ? DateOnly.MinValue : Days.Max();
}
