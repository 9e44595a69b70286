using System.Text.Json.Serialization;
using Crm.Functions.Contacts;

namespace Crm.Functions.Deals;

/// <summary>Which deals to show; what is null does not matter.</summary>
internal sealed record DealFilter
{
    public Guid? PipelineId { get; init; }
    public Guid? StageId { get; init; }
    public string[]? Statuses { get; init; }

    /// <summary>Whose, as the scope has it.</summary>
    public Guid? OwnerId { get; init; }

    public Guid? ContactId { get; init; }

    /// <summary>For <c>like</c>, in lower case.</summary>
    public string? Pattern { get; init; }

    /// <summary>What the title may be like instead.</summary>
    public string? WordPattern { get; init; }
    public decimal? MinValue { get; init; }
    public decimal? MaxValue { get; init; }
    public DateOnly? CloseFrom { get; init; }
    public DateOnly? CloseTo { get; init; }
    public bool? Rotting { get; init; }

    /// <summary>Whether only pipeline, stage, status and owner matter: what the stages' totals know.</summary>
    public bool IsPlain =>
        ContactId is null && Pattern is null && MinValue is null && MaxValue is null && CloseFrom is null && CloseTo is null && Rotting is null;

    /// <summary>Whether the deals are one stretch of an index in the order of their age: all, one pipeline's, one owner's or one contact's.</summary>
    public bool IsOneStretch =>
        StageId is null && Statuses is null && (this with { ContactId = null }).IsPlain
        && new[] { PipelineId, OwnerId, ContactId }.Count(id => id is not null) <= 1;

    // Only the conditions that are asked for are written: "@X is null or …" would hide the indexes from a plan made for all values.

    /// <summary>The conditions on <c>deals d</c> apart from its organisation, pipeline and stage.</summary>
    public string Conditions =>
        "\n  and d.deleted_at is null"
        + (OwnerId is null ? "" : "\n  and d.owner_id = @OwnerId")
        + (ContactId is null ? "" : $"\n  and d.contact_id = {ContactAccess.StandsFor}")
        + (this switch
        {
            { Pattern: null } => "",
            { WordPattern: null } => "\n  and d.search_text like @Pattern",
            _ => "\n  and (d.search_text like @Pattern or d.search_text like @WordPattern)",
        })
        + (MinValue is null ? "" : "\n  and d.value >= @MinValue")
        + (MaxValue is null ? "" : "\n  and d.value <= @MaxValue")
        + (CloseFrom is null ? "" : "\n  and d.expected_close_date >= @CloseFrom")
        + (CloseTo is null ? "" : "\n  and d.expected_close_date <= @CloseTo")
        + Rotten;

    private string Rotten => Rotting switch
    {
        null => "",
        true => $"\n  and d.status = 'open'\n  and {RottenSql}",
        false => $"\n  and not (d.status = 'open' and {RottenSql})",
    };

    // As a whole in a query of its own: found out once, and not with every deal.
    private const string RottenSince = "(select @Now - make_interval(days => o.deal_rotting_days) from organizations o where o.id = @OrganizationId)";

    // The first of them finds its deals in deals_activity.
    private const string RottenSql = $"d.last_activity_at <= {RottenSince} and d.stage_entered_at <= {RottenSince}";

    /// <summary>All conditions, for the list.</summary>
    public string Where =>
        "where d.organization_id = @OrganizationId"
        + (PipelineId is null ? "" : "\n  and d.pipeline_id = @PipelineId")
        + (StageId is null ? "" : "\n  and d.stage_id = @StageId")
        + (Statuses switch { null => "", [_] => "\n  and d.status = @Statuses[1]", _ => "\n  and d.status = any(@Statuses)" })
        + Conditions;

    /// <summary>The arguments of <see cref="Where"/>, but for those that the scope gives.</summary>
    public object Args(DateTimeOffset now) => new Criteria(
        PipelineId, StageId, Statuses, ContactId, Pattern, WordPattern, MinValue, MaxValue, CloseFrom, CloseTo, now);

    private sealed record Criteria(
        Guid? PipelineId, Guid? StageId, string[]? Statuses, Guid? ContactId, string? Pattern, string? WordPattern, decimal? MinValue, decimal? MaxValue,
        DateOnly? CloseFrom, DateOnly? CloseTo, [property: JsonIgnore] DateTimeOffset Now);
}
