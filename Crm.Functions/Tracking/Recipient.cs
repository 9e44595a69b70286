using Crm.Functions.Sending;
using Crm.Shared.Database;

namespace Crm.Functions.Tracking;

/// <summary>Whom a link was made for.</summary>
internal sealed record Recipient
{
    public required Guid OrganizationId { get; init; }
    public required Guid DeliveryId { get; init; }
    public required Guid CampaignId { get; init; }
    public required string Channel { get; init; }
    public required bool IsOpened { get; init; }
    public required bool IsHumanOpened { get; init; }
    public required byte[] TokenKey { get; init; }
    public required string OrganizationName { get; init; }

    /// <summary>Where the link leads that was asked for.</summary>
    public string? Url { get; init; }

    private const string FindSql = """
        select d.organization_id, d.id as delivery_id, d.campaign_id, d.channel, d.opened_at is not null as is_opened,
               d.human_opened_at is not null as is_human_opened, c.token_key, o.name as organization_name,
               (select l.url
                from campaign_links l
                where l.organization_id = d.organization_id and l.campaign_id = d.campaign_id and l.number = @Number) as url
        from deliveries d
        join campaigns c on c.organization_id = d.organization_id and c.id = d.campaign_id
        join organizations o on o.id = d.organization_id
        where d.organization_id = @OrganizationId
          and d.id = @DeliveryId
        """;

    /// <summary>Who a token names; null when it is none, or not made here for this purpose.</summary>
    public static async Task<Recipient?> Find(Db db, string text, string purpose, CancellationToken ct, int number = 0)
    {
        if (!RecipientTokens.TryParse(text, out var token) || token.Organization == Guid.Empty)
            return null;
        var recipient = await db.Find<Recipient>(new Scope(token.Organization), FindSql, new { DeliveryId = token.Delivery, Number = number }, ct);
        return recipient is not null && RecipientTokens.Verify(recipient.TokenKey, token.Delivery, purpose, token.Mac) ? recipient : null;
    }
}
