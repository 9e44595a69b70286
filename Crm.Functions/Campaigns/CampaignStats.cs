using System.Text.Json.Serialization;
using Crm.Shared;

namespace Crm.Functions.Campaigns;

/// <summary>
/// What became of a campaign's recipients. Each step counts among the one before: who clicked also opened, and what was opened was delivered; what bounced
/// counts as sent and as bounced.
/// </summary>
public record CampaignStats
{
    /// <summary>All recipients, written to or not.</summary>
    public required long TotalRecipients { get; init; }

    /// <summary>How many messages the vendor took.</summary>
    public required long Sent { get; init; }

    /// <summary>How many of the sent arrived.</summary>
    public required long Delivered { get; init; }

    /// <summary>How many of the delivered were opened, by people or by machines.</summary>
    public required long Opened { get; init; }

    /// <summary>How many of the opened had a link clicked, by people or by machines.</summary>
    public required long Clicked { get; init; }

    /// <summary>How many of the sent came back.</summary>
    public required long Bounced { get; init; }

    /// <summary>Percent of the delivered that were opened, with two decimals.</summary>
    public string OpenRate => Rates.Percent(Opened, Delivered);

    /// <summary>Percent of the delivered that were clicked, with two decimals.</summary>
    public string ClickRate => Rates.Percent(Clicked, Delivered);

    /// <summary>Percent of the sent that were delivered, with two decimals.</summary>
    public string DeliveryRate => Rates.Percent(Delivered, Sent);

    /// <summary>Percent of the sent that bounced, with two decimals.</summary>
    public string BounceRate => Rates.Percent(Bounced, Sent);

    /// <summary>How many could not be sent.</summary>
    public required long Failed { get; init; }

    /// <summary>How many still wait, or are being sent.</summary>
    public required long Pending { get; init; }

    /// <summary>How many were not written to when their turn came: unsubscribed, bounced before, without an address.</summary>
    public required long Suppressed { get; init; }

    /// <summary>How many unsubscribed by its links.</summary>
    public required long Unsubscribed { get; init; }

    /// <summary>How many called it spam.</summary>
    public required long Complained { get; init; }

    /// <summary>How many of the opened were opened by people, as far as one can tell.</summary>
    public required long HumanOpened { get; init; }

    /// <summary>How many of the clicked were clicked by people, as far as one can tell.</summary>
    public required long HumanClicked { get; init; }
}

/// <summary>What the database counts of a campaign, and what clients see of it.</summary>
public abstract record CampaignCounts
{
    /// <summary>What became of its recipients.</summary>
    [JsonPropertyOrder(2)]
    public CampaignStats Stats => new()
    {
        TotalRecipients = TotalRecipients,
        Sent = Sent,
        Delivered = Delivered,
        Opened = Opened,
        Clicked = Clicked,
        Bounced = Bounced,
        Failed = Failed,
        Pending = Pending,
        Suppressed = Suppressed,
        Unsubscribed = Unsubscribed,
        Complained = Complained,
        HumanOpened = HumanOpened,
        HumanClicked = HumanClicked,
    };

    internal long TotalRecipients { get; init; }
    internal long Sent { get; init; }
    internal long Delivered { get; init; }
    internal long Opened { get; init; }
    internal long Clicked { get; init; }
    internal long Bounced { get; init; }
    internal long Failed { get; init; }
    internal long Pending { get; init; }
    internal long Suppressed { get; init; }
    internal long Unsubscribed { get; init; }
    internal long Complained { get; init; }
    internal long HumanOpened { get; init; }
    internal long HumanClicked { get; init; }

    /// <summary>In SQL, the columns of <see cref="CountsJoin"/>.</summary>
    internal const string CountColumns = """
        s.total_recipients, s.sent, s.delivered, s.opened, s.clicked, s.bounced, s.failed, s.pending, s.suppressed, s.unsubscribed, s.complained,
        s.human_opened, s.human_clicked
        """;

    /// <summary>The counts <c>s</c> of the campaign <c>k</c>: the differences that a timer has not added up yet are added here.</summary>
    internal const string CountsJoin = """
        cross join lateral (
            select coalesce(sum(recipients), 0)::bigint as total_recipients, coalesce(sum(sent), 0)::bigint as sent,
                   coalesce(sum(delivered), 0)::bigint as delivered, coalesce(sum(opened), 0)::bigint as opened,
                   coalesce(sum(clicked), 0)::bigint as clicked, coalesce(sum(bounced), 0)::bigint as bounced,
                   coalesce(sum(failed), 0)::bigint as failed, coalesce(sum(pending), 0)::bigint as pending,
                   coalesce(sum(suppressed), 0)::bigint as suppressed, coalesce(sum(unsubscribed), 0)::bigint as unsubscribed,
                   coalesce(sum(complained), 0)::bigint as complained, coalesce(sum(human_opened), 0)::bigint as human_opened,
                   coalesce(sum(human_clicked), 0)::bigint as human_clicked
            from campaign_totals
            where organization_id = k.organization_id and campaign_id = k.id) s
        """;
}
