using System.Security.Cryptography;
using Crm.Shared.Database;

namespace Crm.Functions.Admin;

/// <summary>The demo organisation's campaigns: one sent, with recipients in every step; a scheduled one, two drafts, and one paused on its way.</summary>
internal static class DemoCampaigns
{
    private const int Recipients = 60;
    private const string Catalogue = "Hello {{ first_name | default: \"there\" }}, our new catalogue is out: https://acme.test/catalogue {{ company_name }}";

    private const string CampaignsSql = """
        insert into campaigns (organization_id, id, name, type, status, subject, content, html_content, content_is_made, template_id, scheduled_at, tags,
                               settings, segment, creator_id, run, snapshot, token_key, started_at, finished_at, created_at, updated_at)
        values (@OrganizationId, @Sent, 'Catalogue of the season', 'email', 'sent', 'New in our showroom', @Text, @Html, true, null, null, '{catalogue}',
                '{"trackOpens": true}', null, @Manager, 1, jsonb_build_object('subject', 'New in our showroom', 'content', @Text, 'html', @Html), @Key,
                @Then, @Then + interval '4 minutes', @Then - interval '2 days', @Then),
               (@OrganizationId, @Scheduled, 'Spring fair', 'email', 'scheduled', 'Visit us at the fair', 'Hall 4, stand B12. {{ company_name }}', null, false,
                null, @Now + interval '7 days', '{fair}', '{"quietHours": {"from": "21:00", "to": "08:00"}}', '{"tags": ["newsletter"]}', @Manager, 0, null,
                @Key, null, null, @Then, @Then),
               (@OrganizationId, @Draft, 'Prices for wholesale', 'email', 'draft', 'New prices, {{ first_name | default: "as promised" }}', null, null, false,
                @Template, null, '{}', '{}', null, @Owner, 0, null, @Key, null, null, @Now, @Now),
               (@OrganizationId, @Idea, 'Summer opening hours', 'email', 'draft', 'Open until eight', null, null, false, null, null, '{}', '{}', null,
                @Owner, 0, null, @Key, null, null, @Now, @Now),
               (@OrganizationId, @Paused, 'Customer survey', 'email', 'paused', 'Two questions', 'How do you like your chairs? {{ sender_name }}', null, false,
                null, null, '{survey}', '{}', null, @Owner, 2,
                jsonb_build_object('subject', 'Two questions', 'content', 'How do you like your chairs? {{ sender_name }}'), @Key, @Then, null, @Then, @Then)
        """;

    // Of the sent one each recipient got as far as their number says. A later step implies the earlier ones.
    private const string SentSql = """
        with steps as (
            select id, n, @Then + n * interval '3 seconds' as at,
                   case when n % 20 = 7 then 'failed' when n % 20 = 11 then 'suppressed' when n % 20 = 13 then 'bounced' when n % 5 = 1 then 'clicked'
                        when n % 5 in (2, 3) then 'opened' when n % 20 = 19 then 'unsubscribed' when n % 20 = 9 then 'sent' else 'delivered' end as step
            from unnest(@ContactIds) with ordinality as c (id, n))
        insert into deliveries (organization_id, id, channel, contact_id, campaign_id, state, address, error, skip_reason, created_at, sent_at, delivered_at,
                                opened_at, human_opened_at, clicked_at, human_clicked_at, bounced_at, failed_at, unsubscribed_at)
        select @OrganizationId, uuidv7(), 'email', s.id, @Campaign,
               case when step in ('failed', 'suppressed') then step else 'sent' end, c.email, case step when 'failed' then 'The mailbox does not exist.' end,
               case step when 'suppressed' then 'unsubscribed' end, @Then - interval '1 day',
               case when step not in ('failed', 'suppressed') then at end,
               case when step in ('delivered', 'opened', 'clicked', 'unsubscribed') then at + interval '1 minute' end,
               case when step in ('opened', 'clicked', 'unsubscribed') then at + interval '2 hours' end,
               case when step in ('opened', 'clicked', 'unsubscribed') and n % 3 <> 0 then at + interval '2 hours' end,
               case step when 'clicked' then at + interval '2 hours 1 minute' end, case step when 'clicked' then at + interval '2 hours 1 minute' end,
               case step when 'bounced' then at + interval '1 minute' end, case step when 'failed' then at end,
               case step when 'unsubscribed' then at + interval '3 hours' end
        from steps s
        join contacts c on c.organization_id = @OrganizationId and c.id = s.id
        """;

    private const string WaitingSql = """
        insert into deliveries (organization_id, id, channel, contact_id, campaign_id, created_at)
        select @OrganizationId, uuidv7(), 'email', id, @Campaign, @Now
        from unnest(@ContactIds) as c (id)
        """;

    private const string LinksSql = """
        insert into campaign_links (organization_id, campaign_id, number, url)
        values (@OrganizationId, @Campaign, 1, 'https://acme.test/catalogue'),
               (@OrganizationId, @Campaign, 2, 'https://acme.test/showroom')
        """;

    private const string ClicksSql = """
        insert into delivery_clicks (organization_id, delivery_id, number, campaign_id, clicked_at, human_clicked_at)
        select @OrganizationId, id, number, campaign_id, clicked_at, human_clicked_at
        from deliveries
        cross join generate_series(1, 2) number
        where organization_id = @OrganizationId
          and campaign_id = @Campaign
          and clicked_at is not null
          and (number = 1 or contact_id = any(@ContactIds))
        """;

    private const string TimelineSql = """
        insert into timeline_entries (organization_id, id, contact_id, type, action, title, entity_type, entity_id, actor_id, occurred_at, created_at)
        select @OrganizationId, uuidv7(), contact_id, 'campaign', 'campaign_sent', 'Catalogue of the season', 'campaign', campaign_id, @Manager, sent_at,
               sent_at
        from deliveries
        where organization_id = @OrganizationId
          and campaign_id = @Campaign
          and state = 'sent'
        """;

    public static async Task Add(DbTransaction tx)
    {
        await tx.Execute(CampaignsSql, new
        {
            Sent = Demo.Campaign(1),
            Scheduled = Demo.Campaign(2),
            Draft = Demo.Campaign(3),
            Idea = Demo.Campaign(4),
            Paused = Demo.Campaign(5),
            Template = Demo.Template(1),
            Text = Catalogue,
            Html = "<p>Hello {{ first_name | default: \"there\" }}, our <a href=\"https://acme.test/catalogue\">new catalogue</a> is out, and the "
                + "<a href=\"https://acme.test/showroom\">showroom</a> is open.</p><p>{{ company_name }}</p>",
            Key = RandomNumberGenerator.GetBytes(32),
            Demo.Manager,
            Demo.Owner,
            Then = tx.Now.AddDays(-20),
            tx.Now,
        });
        Guid[] everybody = [.. Enumerable.Range(1, Recipients).Select(Demo.Contact)];
        await tx.Execute(SentSql, new { Campaign = Demo.Campaign(1), ContactIds = everybody, Then = tx.Now.AddDays(-20) });
        await tx.Execute(LinksSql, new { Campaign = Demo.Campaign(1) });
        await tx.Execute(ClicksSql, new { Campaign = Demo.Campaign(1), ContactIds = everybody[..30] });
        await tx.Execute(TimelineSql, new { Campaign = Demo.Campaign(1), Demo.Manager });
        await tx.Execute(WaitingSql, new { Campaign = Demo.Campaign(3), ContactIds = everybody[..4], tx.Now });
        await tx.Execute(WaitingSql, new { Campaign = Demo.Campaign(5), ContactIds = everybody[10..20], tx.Now });
    }
}
