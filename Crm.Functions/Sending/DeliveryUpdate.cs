using Crm.Shared.Database;

namespace Crm.Functions.Sending;

/// <summary>The one statement that moves messages forward.</summary>
internal static class DeliveryUpdate
{
    // Failed by the vendor's word it stays; failed because nothing was heard it was not, now that something is. What never was to be sent stays as it is.
    private const string Sql = """
        update deliveries d
        set state = n.state, error = n.error, provider_id = n.provider_id, sent_at = n.sent_at, delivered_at = n.delivered_at, opened_at = n.opened_at,
            human_opened_at = n.human_opened_at, clicked_at = n.clicked_at, human_clicked_at = n.human_clicked_at, bounced_at = n.bounced_at,
            failed_at = n.failed_at, complained_at = n.complained_at, unsubscribed_at = n.unsubscribed_at
        from (
            select d.id,
                   case when e.failed_at is not null or d.state = 'failed' and not d.unheard then 'failed' else 'sent' end as state,
                   case
                       when e.failed_at is not null
                            and (d.told_failed_at is null or (e.failed_at, coalesce(e.failed_for, '') collate "C") < (d.told_failed_at, coalesce(d.error, '')))
                           then e.failed_for
                       when d.state = 'failed' and not d.unheard then d.error
                       when e.bounced_at is not null
                            and (d.bounced_at is null or (e.bounced_at, coalesce(e.bounced_for, '') collate "C") < (d.bounced_at, coalesce(d.error, '')))
                           then e.bounced_for
                       when d.bounced_at is not null then d.error
                   end as error,
                   coalesce(d.provider_id, e.provider_id) as provider_id,
                   least(d.sent_at, e.sent_at) as sent_at,
                   least(d.delivered_at, e.delivered_at) as delivered_at,
                   least(d.opened_at, e.opened_at) as opened_at,
                   least(d.human_opened_at, e.human_opened_at) as human_opened_at,
                   least(d.clicked_at, e.clicked_at) as clicked_at,
                   least(d.human_clicked_at, e.human_clicked_at) as human_clicked_at,
                   least(d.bounced_at, e.bounced_at) as bounced_at,
                   least(d.told_failed_at, e.failed_at) as failed_at,
                   least(d.complained_at, e.complained_at) as complained_at,
                   least(d.unsubscribed_at, e.unsubscribed_at) as unsubscribed_at
            from unnest(@Ids, @Sent, @Delivered, @Opened, @HumanOpened, @Clicked, @HumanClicked, @Bounced, @BouncedFor, @Failed, @FailedFor, @Complained,
                        @Unsubscribed, @ProviderIds)
                as e (id, sent_at, delivered_at, opened_at, human_opened_at, clicked_at, human_clicked_at, bounced_at, bounced_for, failed_at, failed_for,
                      complained_at, unsubscribed_at, provider_id)
            join (
                select *, coalesce(error = 'unconfirmed', false) as unheard,
                       case when error is distinct from 'unconfirmed' then failed_at end as told_failed_at
                from deliveries
                where organization_id = @OrganizationId and id = any(@Ids) and state <> 'suppressed') d on d.id = e.id) n
        where d.organization_id = @OrganizationId
          and d.id = n.id
          and (d.state, d.error, d.provider_id, d.sent_at, d.delivered_at, d.opened_at, d.human_opened_at, d.clicked_at, d.human_clicked_at, d.bounced_at,
               d.failed_at, d.complained_at, d.unsubscribed_at)
              is distinct from
              (n.state, n.error, n.provider_id, n.sent_at, n.delivered_at, n.opened_at, n.human_opened_at, n.clicked_at, n.human_clicked_at, n.bounced_at,
               n.failed_at, n.complained_at, n.unsubscribed_at)
        """;

    /// <summary>Brings locked messages to where what was told and what is known already takes them; rows that knew it all are not written.</summary>
    public static Task<int> Run(DbTransaction tx, DeliveryProgress[] told) => told.Length == 0 ? Task.FromResult(0) : tx.Execute(Sql, new
    {
        Ids = told.Select(progress => progress.Id).ToArray(),
        Sent = told.Select(progress => progress.Sent).ToArray(),
        Delivered = told.Select(progress => progress.Delivered).ToArray(),
        Opened = told.Select(progress => progress.Opened).ToArray(),
        HumanOpened = told.Select(progress => progress.HumanOpened).ToArray(),
        Clicked = told.Select(progress => progress.Clicked).ToArray(),
        HumanClicked = told.Select(progress => progress.HumanClicked).ToArray(),
        Bounced = told.Select(progress => progress.Bounced).ToArray(),
        BouncedFor = told.Select(progress => progress.BouncedFor).ToArray(),
        Failed = told.Select(progress => progress.Failed).ToArray(),
        FailedFor = told.Select(progress => progress.FailedFor).ToArray(),
        Complained = told.Select(progress => progress.Complained).ToArray(),
        Unsubscribed = told.Select(progress => progress.Unsubscribed).ToArray(),
        ProviderIds = told.Select(progress => progress.ProviderId).ToArray(),
    });
}
