using System.Text.Json;
using System.Text.Json.Serialization;
using Crm.Functions.Deals.Pipelines;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

/// <summary>The contact of a deal.</summary>
public sealed record DealContact(Guid Id, string Name);

/// <summary>A single deal, with its items and the stages it has been in.</summary>
public sealed record DealDetail : Deal
{
    /// <summary>What is sold; the deal's value is their sum.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<DealItem> Items => Parse<DealItem>(ItemsJson);

    /// <summary>Its stays, the oldest first; the last one lasts.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<StageStay> StageHistory => Parse<StageStay>(HistoryJson);

    internal string? ItemsJson { get; init; }
    internal string? HistoryJson { get; init; }

    private static T[] Parse<T>(string? json) => json is null ? [] : JsonSerializer.Deserialize<T[]>(json, JsonSerializerOptions.Web)!;

    /// <summary>One deal by id, within the caller's scope.</summary>
    private const string SelectSql = $"""
        select {Columns},
               (select json_agg(json_build_object('id', i.id, 'productId', i.product_id, 'name', i.name, 'quantity', i.quantity, 'unitPrice', i.unit_price,
                                                  'discount', i.discount, 'amount', i.amount) order by i.position)
                from deal_items i
                where i.organization_id = d.organization_id and i.deal_id = d.id)::text as items_json,
               (select json_agg(json_build_object('stage', json_build_object('id', h.stage_id, 'name', hs.name, 'type', hs.type), 'enteredAt', h.entered_at,
                                                  'leftAt', h.left_at, 'seconds', floor(extract(epoch from coalesce(h.left_at, @Now) - h.entered_at))::bigint)
                                order by h.entered_at, h.left_at nulls last)
                from (select * from deal_stage_history h
                      where h.organization_id = d.organization_id and h.deal_id = d.id
                      order by h.entered_at desc
                      limit 100) h
                join stages hs on hs.organization_id = h.organization_id and hs.id = h.stage_id)::text as history_json, place.position
        from deals d
        {Joins}
        cross join lateral (
            select case when count(*) <= 1000 then count(*) end as position
            from (select from deals x
                  where x.organization_id = @OrganizationId and x.stage_id = d.stage_id and x.deleted_at is null and (x.rank, x.id) < (d.rank, d.id)
        """;

    private const string WhereSql = """
                  order by x.rank, x.id
                  limit 1001) above) place
        where d.organization_id = @OrganizationId
          and d.id = @Id
          and d.deleted_at is null
        """;

    private const string AllSql = $"""
        {SelectSql}
        {WhereSql}
        """;

    private const string OwnSql = $"""
        {SelectSql}
                    and x.owner_id = @OwnerId
        {WhereSql}
          and d.owner_id = @OwnerId
        """;

    private static string Sql(Scope scope) => scope.OwnerId is null ? AllSql : OwnSql;

    public static Task<DealDetail?> Find(Db db, Scope scope, Guid id, CancellationToken ct) =>
        db.Find<DealDetail>(scope, Sql(scope), new { Id = id, db.Now }, ct);

    public static async Task<DealDetail> Read(DbTransaction tx, Guid id) =>
        (await tx.Find<DealDetail>(Sql(tx.Scope), new { Id = id, tx.Now }))!;
}

/// <summary>A line of a deal.</summary>
/// <param name="Id">The line.</param>
/// <param name="ProductId">The product, if it is one of the catalogue.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Quantity">How many, up to four places.</param>
/// <param name="UnitPrice">The price of one.</param>
/// <param name="Discount">In percent.</param>
/// <param name="Amount">quantity × unitPrice × (1 − discount / 100), to two places, halves away from zero.</param>
public sealed record DealItem(Guid Id, Guid? ProductId, string Name, decimal Quantity, decimal UnitPrice, decimal Discount, decimal Amount);

/// <summary>A stay in a stage.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="EnteredAt">When the deal came.</param>
/// <param name="LeftAt">When it left; null while it is there.</param>
/// <param name="Seconds">How long it stayed, or has stayed.</param>
public sealed record StageStay(StageBrief Stage, DateTimeOffset EnteredAt, DateTimeOffset? LeftAt, long Seconds);
