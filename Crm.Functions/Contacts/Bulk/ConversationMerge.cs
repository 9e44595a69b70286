using Crm.Shared.Database;

namespace Crm.Functions.Contacts.Bulk;

/// <summary>Of the conversations of contacts that become one, one a channel stays, and the others become part of it. All are locked already.</summary>
internal static class ConversationMerge
{
    private const string CountSql = """
        select count(*)::int
        from conversations
        where organization_id = @OrganizationId
          and contact_id = any(@ContactIds)
        """;

    // Of each channel one stays: that of the contact which does, else the latest. The others' ids and addresses lead to it from then on.
    private const string AliasSql = """
        with conversation as (
            select id, reply_token, first_value(id) over (partition by type order by contact_id <> @PrimaryId, last_message_at desc, id) as stays
            from conversations
            where organization_id = @OrganizationId
              and contact_id = any(@ContactIds)),
        moved as (
            update conversation_aliases a
            set conversation_id = v.stays
            from conversation v
            where a.organization_id = @OrganizationId and a.conversation_id = v.id and v.id <> v.stays)
        insert into conversation_aliases (organization_id, id, conversation_id, reply_token)
        select @OrganizationId, id, stays, reply_token
        from conversation
        where id <> stays
        """;

    private const string MessagesSql = """
        update messages m
        set contact_id = @PrimaryId,
            conversation_id = coalesce(
                (select a.conversation_id from conversation_aliases a where a.organization_id = @OrganizationId and a.id = m.conversation_id),
                m.conversation_id)
        where m.organization_id = @OrganizationId
          and m.contact_id = any(@ContactIds)
        """;

    // What became part of one is put together with it: open when one of them was, the latest message, all that is unread.
    private const string UniteSql = """
        with gone as (
            delete from conversations v
            using conversation_aliases a
            where v.organization_id = @OrganizationId and v.contact_id = any(@ContactIds) and a.organization_id = v.organization_id and a.id = v.id
            returning a.conversation_id, v.*),
        part as (
            select v.id as stays, v.status, v.snoozed_until, v.subject, v.assignee_id, v.tags, v.unread_count, v.last_message_id, v.last_message_at,
                   v.last_preview, v.last_direction, v.created_at, true as is_first
            from conversations v
            where v.organization_id = @OrganizationId and v.id in (select conversation_id from gone)
            union all
            select conversation_id, status, snoozed_until, subject, assignee_id, tags, unread_count, last_message_id, last_message_at,
                   last_preview, last_direction, created_at, false
            from gone)
        update conversations v
        set status = p.status[1], snoozed_until = case p.status[1] when 'snoozed' then p.snoozed_until[1] end,
            subject = p.subject[1], assignee_id = p.assignee_id, tags = p.tags, unread_count = p.unread_count,
            last_message_id = p.last_message_id[1], last_message_at = p.last_message_at, last_preview = p.last_preview[1], last_direction = p.last_direction[1],
            created_at = p.created_at
        from (
            select stays,
                   array_agg(status order by status <> 'open', last_message_at desc) as status,
                   array_agg(snoozed_until order by status <> 'open', last_message_at desc) as snoozed_until,
                   array_agg(subject order by subject is null, last_message_at desc) as subject,
                   (array_agg(assignee_id order by assignee_id is null, not is_first, last_message_at desc))[1] as assignee_id,
                   array(select distinct tag from part t cross join unnest(t.tags) as tag where t.stays = part.stays order by tag) as tags,
                   sum(unread_count)::int as unread_count,
                   array_agg(last_message_id order by last_message_id is null, last_message_at desc) as last_message_id,
                   array_agg(last_preview order by last_message_id is null, last_message_at desc) as last_preview,
                   array_agg(last_direction order by last_message_id is null, last_message_at desc) as last_direction,
                   max(last_message_at) as last_message_at, min(created_at) as created_at
            from part
            group by stays) p
        where v.organization_id = @OrganizationId
          and v.id = p.stays
        """;

    private const string MoveSql = """
        update conversations v
        set contact_id = @PrimaryId, owner_id = c.owner_id, updated_at = @Now, version = v.version + 1
        from contacts c
        where v.organization_id = @OrganizationId
          and v.contact_id = any(@ContactIds)
          and c.organization_id = v.organization_id and c.id = @PrimaryId
        """;

    /// <summary>Makes them the conversations of the contact that stays; returns how many others' there were.</summary>
    public static async Task<int> Run(DbTransaction tx, Guid primaryId, Guid[] duplicateIds)
    {
        var args = new { PrimaryId = primaryId, ContactIds = (Guid[])[primaryId, .. duplicateIds], tx.Now };
        var others = await tx.Find<int>(CountSql, new { ContactIds = duplicateIds });
        if (others == 0)
            return 0;
        await tx.Execute(AliasSql, args);
        await tx.Execute(MessagesSql, args);
        await tx.Execute(UniteSql, args);
        await tx.Execute(MoveSql, args);
        return others;
    }
}
