namespace Crm.Shared.Database;

/// <summary>
/// How one of the pools signs in. The role that a connection takes, and how it plans, are options of its start; a pooler between app and server
/// (PgBouncer) drops such options, so there each pool has a login of its own, whose defaults are the same.
/// </summary>
/// <param name="Suffix">The end of the login's name.</param>
/// <param name="Role">What it may see.</param>
/// <param name="PlanCacheMode">Whether a statement is planned once for all values.</param>
/// <param name="PoolSize">The most connections of one instance.</param>
public sealed record DbLogin(string Suffix, string Role, string PlanCacheMode, int PoolSize)
{
    public static readonly DbLogin Fixed = new("fixed", "crm_app", "force_generic_plan", 8);
    public static readonly DbLogin Search = new("search", "crm_app", "force_custom_plan", 4);

    /// <summary>Signs in as searches do.</summary>
    public static readonly DbLogin Exports = Search with { PoolSize = 2 };
    public static readonly DbLogin Jobs = new("jobs", "crm_jobs", "force_generic_plan", 4);

    public static readonly IReadOnlyList<DbLogin> All = [Fixed, Search, Jobs];

    public IEnumerable<(string Name, string Value)> Options => [("role", Role), ("plan_cache_mode", PlanCacheMode), ("jit", "off")];

    public string Of(string name) => $"{name}_{Suffix}";
}
