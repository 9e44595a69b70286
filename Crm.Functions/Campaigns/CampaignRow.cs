using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

/// <summary>A campaign as it is before a change, locked until the transaction ends, and as the change leaves it.</summary>
internal sealed record CampaignRow : CampaignFields
{
    public required Guid Id { get; init; }
    public required Guid CreatorId { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public required int Version { get; init; }

    /// <summary>Whether it was ever sent: its texts are frozen, and some may have gone out.</summary>
    public bool HasStarted => StartedAt is not null;

    private const string LockSql = """
        select id, creator_id, name, type, status, subject, content, html_content, content_is_made, template_id, scheduled_at, tags, settings, segment,
               started_at, version
        from campaigns
        where organization_id = @OrganizationId
          and id = @Id
          and deleted_at is null
          and (@OwnerId::uuid is null or creator_id = @OwnerId)
        for no key update
        """;

    private const string InsertSql = """
        insert into campaigns (organization_id, id, name, type, status, subject, content, html_content, content_is_made, template_id, scheduled_at, tags,
                               settings, segment, creator_id, token_key, created_at, updated_at)
        values (@OrganizationId, @Id, @Name, @Type, @Status, @Subject, @Content, @HtmlContent, @ContentIsMade, @TemplateId, @ScheduledAt::timestamptz, @Tags,
                @Settings::jsonb, @Segment::jsonb, @CreatorId, @TokenKey, @Now, @Now)
        """;

    private const string UpdateSql = """
        update campaigns
        set name = @Name, type = @Type, status = @Status, subject = @Subject, content = @Content, html_content = @HtmlContent,
            content_is_made = @ContentIsMade, template_id = @TemplateId, scheduled_at = @ScheduledAt::timestamptz, tags = @Tags, settings = @Settings::jsonb,
            segment = @Segment::jsonb, pause_reason = case when @Status = 'paused' then pause_reason end,
            run = run + case when status = @Status then 0 else 1 end, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
        """;

    // Messages of the run before find theirs gone.
    private const string TurnSql = """
        update campaigns
        set status = @Status, pause_reason = @Reason, scheduled_at = case when @Status = 'draft' then null else scheduled_at end, run = run + 1,
            updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>The campaign, locked, or why the caller may not change it.</summary>
    public static async Task<(CampaignRow? Row, Error? Fault)> Lock(DbTransaction tx, Guid id) =>
        await tx.Find<CampaignRow>(LockSql, new { Id = id }) is { } row
            ? (row, null)
            : (null, await Access.Refusal(tx, Owned.Campaign, id, Errors.CampaignNotFound));

    /// <summary>The campaign, locked; refused unless its status is one of these.</summary>
    public static async Task<(CampaignRow? Row, Error? Fault)> Lock(DbTransaction tx, Guid id, params string[] statuses)
    {
        var (row, fault) = await Lock(tx, id);
        return row is null || statuses.Contains(row.Status, StringComparer.Ordinal) ? (row, fault) : (null, NotWhile(row.Status));
    }

    /// <summary>The refusal of what a status does not allow.</summary>
    public static Error NotWhile(string status) => Errors.CampaignStatus with
    {
        Message = $"This is not possible while the campaign is {status}.",
        Facts = new(StringComparer.Ordinal) { ["currentStatus"] = status },
    };

    public Task Insert(DbTransaction tx, byte[] tokenKey) => tx.Execute(InsertSql, Args(tx, tokenKey));

    public Task Save(DbTransaction tx) => tx.Execute(UpdateSql, Args(tx, null));

    /// <summary>Gives it another status, and ends what is being sent of it.</summary>
    public Task Turn(DbTransaction tx, string status, string? reason = null) => tx.Execute(TurnSql, new { Id, Status = status, Reason = reason, tx.Now });

    private object Args(DbTransaction tx, byte[]? tokenKey) => new
    {
        Id,
        Name,
        Type,
        Status,
        Subject,
        Content,
        HtmlContent,
        ContentIsMade,
        TemplateId,
        ScheduledAt,
        Tags,
        Settings = Settings.GetRawText(),
        Segment = Segment?.GetRawText(),
        CreatorId,
        TokenKey = tokenKey,
        tx.Now,
    };
}
