using System.Globalization;
using Crm.Shared.Database;

namespace Crm.Functions.Admin;

/// <summary>The demo organisation's deals: 60 of them, each with the stages it has been through on the way. The same every time.</summary>
internal static class DemoDeals
{
    private const int Count = 60;

    private static readonly (string Title, decimal Value)[] Orders =
    [
        ("40 standing desks", 15_960), ("Office chairs, 2nd floor", 7_480), ("Reception furniture", 4_250), ("Meeting room screens", 9_900),
        ("Annual paper contract", 2_640), ("Ergonomic keyboards", 1_785), ("Acoustic panels", 6_120), ("Warehouse shelving", 11_300),
        ("Home office bundles", 8_450), ("Printer lease", 3_600), ("Cafeteria tables", 5_275), ("Whiteboards and markers", 890),
    ];

    private static readonly string[] LostReasons = ["Chose a competitor", "No budget this year", "No decision"];

    private sealed record Stage(Guid Id, Guid PipelineId, string Name, string Type);

    private sealed record Stay(Guid DealId, Guid StageId, Guid ActorId, DateTimeOffset EnteredAt);

    private sealed record Deal(Guid Id, string Title, decimal Value, DemoPerson Person, Stage Stage, Stay[] Stays, string? LostReason, DateOnly? CloseDate);

    private const string StagesSql = """
        select s.id, s.pipeline_id, s.name, s.type
        from stages s
        join pipelines p on p.organization_id = s.organization_id and p.id = s.pipeline_id
        where s.organization_id = @OrganizationId
          and p.is_default
        order by s.position
        """;

    private const string DealsSql = """
        insert into deals (organization_id, id, title, value, currency, contact_id, pipeline_id, stage_id, rank, status, expected_close_date, lost_reason,
                           owner_id, stage_entered_at, last_activity_at, closed_at, created_at, updated_at)
        select @OrganizationId, d.id, title, value, 'USD', contact_id, s.pipeline_id, s.id, 'h' || lpad(number::text, 8, '0'), s.type, close_date, lost_reason,
               owner_id, entered_at, entered_at, case when s.type <> 'open' then entered_at end, d.created_at, entered_at
        from unnest(@Ids, @Titles, @Values, @ContactIds, @StageIds, @CloseDates, @LostReasons, @OwnerIds, @EnteredAts, @CreatedAts)
            with ordinality as d (id, title, value, contact_id, stage_id, close_date, lost_reason, owner_id, entered_at, created_at, number)
        join stages s on s.organization_id = @OrganizationId and s.id = d.stage_id
        """;

    private const string StaysSql = """
        insert into deal_stage_history (organization_id, id, deal_id, stage_id, actor_id, entered_at, left_at)
        select @OrganizationId, id, deal_id, stage_id, actor_id, entered_at, lead(entered_at) over (partition by deal_id order by entered_at)
        from unnest(@Ids, @DealIds, @StageIds, @ActorIds, @EnteredAts) as h (id, deal_id, stage_id, actor_id, entered_at)
        """;

    private const string EntriesSql = """
        insert into timeline_entries (organization_id, id, contact_id, type, action, title, entity_type, entity_id, actor_id, occurred_at, created_at)
        select h.organization_id, gen_random_uuid(), d.contact_id, 'deal',
               case when h.entered_at = d.created_at then 'deal_created' when s.type <> 'open' then 'deal_' || s.type else 'deal_moved' end,
               case when h.entered_at = d.created_at then 'Deal created: '
                    when s.type <> 'open' then 'Deal ' || s.type || ': '
                    else 'Deal moved to ' || s.name || ': ' end || d.title,
               'deal', d.id, h.actor_id, h.entered_at, h.entered_at
        from deal_stage_history h
        join deals d on d.organization_id = h.organization_id and d.id = h.deal_id
        join stages s on s.organization_id = h.organization_id and s.id = h.stage_id
        where h.organization_id = @OrganizationId
        """;

    public static async Task Add(DbTransaction tx, IReadOnlyList<DemoPerson> people)
    {
        var stages = await tx.List<Stage>(StagesSql, null);
        var deals = Enumerable.Range(0, Count).Select(index => Make(index, people[index * 11 % people.Count], stages, tx.Now)).ToArray();
        await tx.Execute(DealsSql, new
        {
            Ids = deals.Select(deal => deal.Id).ToArray(),
            Titles = deals.Select(deal => deal.Title).ToArray(),
            Values = deals.Select(deal => deal.Value).ToArray(),
            ContactIds = deals.Select(deal => deal.Person.Id).ToArray(),
            StageIds = deals.Select(deal => deal.Stage.Id).ToArray(),
            CloseDates = deals.Select(deal => deal.CloseDate).ToArray(),
            LostReasons = deals.Select(deal => deal.LostReason).ToArray(),
            OwnerIds = deals.Select(deal => deal.Person.OwnerId).ToArray(),
            EnteredAts = deals.Select(deal => deal.Stays[^1].EnteredAt.UtcDateTime).ToArray(),
            CreatedAts = deals.Select(deal => deal.Stays[0].EnteredAt.UtcDateTime).ToArray(),
        });
        var stays = deals.SelectMany(deal => deal.Stays).ToArray();
        await tx.Execute(StaysSql, new
        {
            Ids = stays.Select(stay => Guid.CreateVersion7(stay.EnteredAt)).ToArray(),
            DealIds = stays.Select(stay => stay.DealId).ToArray(),
            StageIds = stays.Select(stay => stay.StageId).ToArray(),
            ActorIds = stays.Select(stay => stay.ActorId).ToArray(),
            EnteredAts = stays.Select(stay => stay.EnteredAt.UtcDateTime).ToArray(),
        });
        await tx.Execute(EntriesSql, null);
    }

    private static Deal Make(int index, DemoPerson person, List<Stage> stages, DateTimeOffset now)
    {
        var (title, value) = Orders[index % Orders.Length];
        // More of them at the beginning of the pipeline than at its end, and some closed.
        var last = stages[(index % 10) switch { < 3 => 0, < 5 => 1, < 7 => 2, 7 => 3, 8 => 4, _ => index % 20 == 9 ? 5 : 4 }];
        var way = last.Type == "open" ? stages.TakeWhile(stage => stage.Id != last.Id).Append(last) : stages.Where(stage => stage.Type == "open").Append(last);
        var id = Demo.Deal(index + 1);
        // From the contact's first days to today, a step taking as long as it must.
        Stage[] steps = [.. way];
        var pace = (now - person.CreatedAt) / (steps.Length + 1 + index % 3);
        Stay[] stays = [.. steps.Select((stage, step) => new Stay(id, stage.Id, person.OwnerId, Start(step)))];
        return new(
            id, string.Create(CultureInfo.InvariantCulture, $"{title} for {person.Company}"), value + index * 35 % 400, person, last, stays,
            last.Type == "lost" ? LostReasons[index % LostReasons.Length] : null,
            last.Type == "open" ? DateOnly.FromDateTime(now.UtcDateTime).AddDays(index * 7 % 60 - 5) : null);

        DateTimeOffset Start(int step) =>
            new((person.CreatedAt + pace * (step + 0.5)).Ticks / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond, TimeSpan.Zero);
    }
}
