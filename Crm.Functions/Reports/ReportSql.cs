using Crm.Shared.Database;

namespace Crm.Functions.Reports;

/// <summary>
/// The parts that reports are put together from, each a select of <see cref="Figure"/>s. Each stretch of time is a short walk along an index, and what an
/// organisation has many of (contacts, entries of timelines) comes from <c>daily_counts</c>, but for the hours at both ends that make no day of UTC.
/// </summary>
internal static class ReportSql
{
    /// <summary>The stretches as <c>b</c>: n, first and next (dates), starts and ends (moments).</summary>
    public const string Spans =
        "unnest(@Numbers::int[], @Firsts::date[], @Nexts::date[], @Starts::timestamptz[], @Ends::timestamptz[]) as b (n, first, next, starts, ends)";

    private const string Days = "unnest(@DayNumbers::int[], @DayFirsts::date[], @DayNexts::date[]) as b (n, first, next)";
    private const string Edges = "unnest(@EdgeNumbers::int[], @EdgeStarts::timestamptz[], @EdgeEnds::timestamptz[]) as b (n, starts, ends)";

    public const string Currency = """
        select 'currency' as kind, 0 as number, o.currency as key, null::text as name, 0::bigint as rows, 0::numeric as amount, 0::bigint as seconds
        from organizations o
        where o.id = @OrganizationId
        """;

    /// <summary>All of them in one statement.</summary>
    public static string All(params ReadOnlySpan<string> parts) => string.Join("\nunion all\n", [Currency, .. parts]);

    /// <summary>New contacts that still are there; <paramref name="bySource"/> over the whole period, by where they came from.</summary>
    public static string Contacts(Scope scope, bool bySource = false)
    {
        var kind = bySource ? "source" : "contacts";
        var key = bySource ? "source" : "null::text";
        var which = bySource ? $"b.n = {Stretches.Whole}" : $"b.n <> {Stretches.Whole}";
        var group = bySource ? "b.n, c.source" : "b.n";
        var from = (scope.OwnerId is null ? Edges : Spans) + $"""

            join contacts c on c.organization_id = @OrganizationId and c.deleted_at is null and c.created_at >= b.starts and c.created_at < b.ends
            where {which}{(scope.OwnerId is null ? "" : " and c.owner_id = @OwnerId")}
            group by {group}
            """;
        var counted = $"select '{kind}', b.n, {(bySource ? "c." : "")}{key}, null, count(*), 0::numeric, 0::bigint\nfrom {from}";
        return scope.OwnerId is not null ? counted : $"""
            {counted}
            union all
            select '{kind}', b.n, {(bySource ? "d.key" : "null")}, null, sum(d.rows)::bigint, 0, 0
            from {Days}
            join daily_counts d on d.organization_id = @OrganizationId and d.kind = 'contacts' and d.day >= b.first and d.day < b.next
            where {which}
            group by b.n{(bySource ? ", d.key" : "")}
            """;
    }

    /// <summary>Entries that timelines got; of staff those they made themselves.</summary>
    public static string Entries(Scope scope) => $"""
        select 'entries', b.n, null, null, count(*), 0, 0
        from {Edges}
        join timeline_entries t on t.organization_id = @OrganizationId and t.deleted_at is null and t.occurred_at >= b.starts and t.occurred_at < b.ends
        where b.n > 0{(scope.OwnerId is null ? "" : " and t.actor_id = @OwnerId")}
        group by b.n
        union all
        select 'entries', b.n, null, null, sum(d.rows)::bigint, 0, 0
        from {Days}
        join daily_counts d on d.organization_id = @OrganizationId and d.kind = 'entries' and d.day >= b.first and d.day < b.next
        where b.n > 0{(scope.OwnerId is null ? "" : " and d.key = @OwnerId::text")}
        group by b.n
        """;

    public static string DealsCreated(Scope scope) => $"""
        select 'created', b.n, null, null, count(*), 0, 0
        from {Spans}
        join deals d on d.organization_id = @OrganizationId and d.deleted_at is null and d.created_at >= b.starts and d.created_at < b.ends
        where b.n > 0{Own(scope, "d.owner_id")}
        group by b.n
        """;

    /// <summary>Deals won or lost, by currency and (as the name) pipeline, and the seconds they took from their creation.</summary>
    public static string DealsClosed(Scope scope, string status, bool isOnePipeline = false) => $"""
        select '{status}', b.n, d.currency, d.pipeline_id::text, count(*), sum(d.value), extract(epoch from sum(d.closed_at - d.created_at))::bigint
        from {Spans}
        join deals d on d.organization_id = @OrganizationId and d.status = '{status}' and d.deleted_at is null
            and d.closed_at >= b.starts and d.closed_at < b.ends
        where b.n >= {Stretches.Before}{Own(scope, "d.owner_id")}{(isOnePipeline ? " and d.pipeline_id = @PipelineId" : "")}
        group by b.n, d.currency, d.pipeline_id
        """;

    /// <summary>Money that came in less what was given back, by currency: of staff for their own invoices.</summary>
    public static string Revenue(Scope scope) => $"""
        select 'revenue', b.n, p.currency, null, count(*), sum(p.amount), 0
        from {Spans}
        join payments p on p.organization_id = @OrganizationId and p.payment_date >= b.first and p.payment_date < b.next and p.kind <> 'credit_note'
        {(scope.OwnerId is null ? "" : "join invoices i on i.organization_id = p.organization_id and i.id = p.invoice_id")}
        where b.n >= {Stretches.Before}{Own(scope, "i.creator_id")}
        group by b.n, p.currency
        """;

    public static string Own(Scope scope, string column) => scope.OwnerId is null ? "" : $" and {column} = @OwnerId";
}
