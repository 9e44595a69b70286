using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

/// <summary>
/// What an id stands for stays so until the transaction ends: taken before all rows. Who looks again for a contact that was merged away meanwhile takes locks
/// in a second order.
/// </summary>
internal static class MergeLock
{
    private const string Key = "hashtextextended('merge ' || @OrganizationId::uuid, 0)";

    private const string AloneSql = $"""
        select true
        from pg_advisory_xact_lock({Key})
        """;

    private const string BesideSql = $"""
        select true
        from pg_advisory_xact_lock_shared({Key})
        """;

    /// <summary>One merge of an organisation at a time: which contacts stay is known only once no other merge runs.</summary>
    public static Task Alone(DbTransaction tx) => tx.Find<bool>(AloneSql, null);

    /// <summary>Waits for the merge that runs, and makes the next one wait. Others who ask the same do not wait for one another.</summary>
    public static Task Beside(DbTransaction tx) => tx.Find<bool>(BesideSql, null);
}
