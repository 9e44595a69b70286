using System.Text.Json;
using System.Text.Json.Serialization;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

/// <summary>A single campaign, with its texts, its template and how far it has come.</summary>
public record CampaignDetail : Campaign
{
    /// <summary>Its own text, with its variables; null where it has none or the template's is sent.</summary>
    [JsonPropertyOrder(1)]
    public string? Content { get; init; }

    /// <summary>Its own html, cleaned of all that could run.</summary>
    [JsonPropertyOrder(1)]
    public string? HtmlContent { get; init; }

    /// <summary>The filter of the contacts who become recipients when it is first sent.</summary>
    [JsonPropertyOrder(1)]
    public JsonElement? Segment { get; init; }

    /// <summary>The template with its texts.</summary>
    [JsonPropertyOrder(1)]
    public CampaignTemplate? Template => TemplateId is { } id
        ? new(id, TemplateName!, TemplateCategory, TemplateSubject, TemplateContent!, TemplateHtml, TemplateIsActive ?? false)
        : null;

    /// <summary>How far the sending has come.</summary>
    [JsonPropertyOrder(2)]
    public CampaignProgress Progress => new(Pending - Math.Min(Pending, Claimed), Math.Min(Pending, Claimed), TotalRecipients - Pending);

    internal string? TemplateCategory { get; init; }
    internal string? TemplateSubject { get; init; }
    internal string? TemplateContent { get; init; }
    internal string? TemplateHtml { get; init; }
    internal bool? TemplateIsActive { get; init; }
    internal long Claimed { get; init; }

    // What is being sent is known from the calls that are open, few of all organisations: 10,000 claimed recipients are ten calls.
    private const string ByIdSql = $"""
        select {Columns}, k.content, k.html_content, k.segment, t.category as template_category, t.subject as template_subject,
               t.content as template_content, t.html_content as template_html, t.is_active as template_is_active,
               (select coalesce(sum(p.recipients), 0)::bigint
                from provider_calls p
                where p.organization_id = k.organization_id and p.campaign_id = k.id and p.state in ('claimed', 'uncertain')) as claimed
        from campaigns k
        {Joins}
        where k.organization_id = @OrganizationId
          and k.id = @Id
          and k.deleted_at is null
          and (@OwnerId::uuid is null or k.creator_id = @OwnerId)
        """;

    public static Task<CampaignDetail?> Find(Db db, Scope scope, Guid id, CancellationToken ct) =>
        db.Find<CampaignDetail>(scope, ByIdSql, new { Id = id }, ct);

    /// <summary>As the transaction has it; it is there.</summary>
    public static async Task<T> Read<T>(DbTransaction tx, Guid id) where T : CampaignDetail => (await tx.Find<T>(ByIdSql, new { Id = id }))!;

    /// <inheritdoc cref="Read{T}"/>
    public static Task<CampaignDetail> Read(DbTransaction tx, Guid id) => Read<CampaignDetail>(tx, id);
}

/// <summary>The template of a campaign.</summary>
/// <param name="Id">The template.</param>
/// <param name="Name">Its name.</param>
/// <param name="Category">Its category.</param>
/// <param name="Subject">Its subject, which the campaign's own goes before.</param>
/// <param name="Content">Its text.</param>
/// <param name="HtmlContent">Its html.</param>
/// <param name="IsActive">Whether it is offered still.</param>
public sealed record CampaignTemplate(Guid Id, string Name, string? Category, string? Subject, string Content, string? HtmlContent, bool IsActive);

/// <summary>How far a campaign has come.</summary>
/// <param name="Pending">Recipients whose turn has not come.</param>
/// <param name="Sending">Recipients whose message is with the vendor at this moment, or of whom it is not known yet whether it was taken.</param>
/// <param name="Done">Recipients who are done with, sent to or not.</param>
public sealed record CampaignProgress(long Pending, long Sending, long Done);
