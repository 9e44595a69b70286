using System.Text.Json;
using Crm.Functions.Timeline;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Settings.Team;

/// <summary>
/// Hands a member's contacts, open deals, open invoices, open tasks, campaigns and conversations over to another one, in batches. Each batch takes
/// its locks in the order in which everybody does: tasks, deals, invoices, campaigns, conversations, contacts, and of each table by id.
/// </summary>
internal static class HandOverBatch
{
    /// <summary>
    /// Rows of each table in one transaction. Among a million contacts 117,500 took 39 s on a busy machine: longer than a statement may take.
    /// </summary>
    public const int Size = 2000;

    private sealed record Row(Guid FromId, Guid ToId, Guid ActorId);

    // A message may come twice, even at once: the second waits here, and finds what is left.
    private const string LockSql = """
        select from_id, to_id, actor_id
        from hand_overs
        where organization_id = @OrganizationId
          and id = @Id
          and status = 'running'
        for update
        """;

    private const string TasksSql = $"""
        select id
        from tasks
        where organization_id = @OrganizationId and assignee_id = @FromId and status {TaskStates.AreOpenSql} and deleted_at is null
        order by id
        limit @Size
        for no key update
        """;

    private const string DealsSql = """
        select id
        from deals
        where organization_id = @OrganizationId and owner_id = @FromId and status = 'open' and deleted_at is null
        order by id
        limit @Size
        for no key update
        """;

    private const string InvoicesSql = """
        select id
        from invoices
        where organization_id = @OrganizationId and creator_id = @FromId and status in ('draft', 'sent') and deleted_at is null
        order by id
        limit @Size
        for no key update
        """;

    private const string CampaignsSql = """
        select id
        from campaigns
        where organization_id = @OrganizationId and creator_id = @FromId and deleted_at is null
        order by id
        limit @Size
        for no key update
        """;

    // Those of the contacts that go over too, whose owner goes with theirs: all are locked by one statement, in their order.
    private const string ConversationsSql = """
        with assigned as (
            select id
            from conversations
            where organization_id = @OrganizationId and assignee_id = @FromId and status <> 'closed'
            order by id
            limit @Size),
        contact as (
            select id
            from conversations
            where organization_id = @OrganizationId and contact_id = any(@ContactIds))
        select id
        from conversations
        where organization_id = @OrganizationId
          and id = any(array(
              select id from assigned
              union all
              select id from contact))
        order by id
        for no key update
        """;

    private const string NextContactsSql = """
        select id
        from contacts
        where organization_id = @OrganizationId and owner_id = @FromId and deleted_at is null
        order by id
        limit @Size
        """;

    private const string ContactsSql = """
        select id
        from contacts
        where organization_id = @OrganizationId and owner_id = @FromId and deleted_at is null and id = any(@ContactIds)
        order by id
        for no key update
        """;

    private const string MoveTasksSql = """
        update tasks
        set assignee_id = @ToId, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = any(@Ids)
        """;

    private const string MoveDealsSql = """
        update deals
        set owner_id = @ToId, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = any(@Ids)
        """;

    private const string MoveInvoicesSql = """
        update invoices
        set creator_id = @ToId, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = any(@Ids)
        """;

    private const string MoveCampaignsSql = """
        update campaigns
        set creator_id = @ToId, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = any(@Ids)
        """;

    private const string MoveConversationsSql = """
        update conversations
        set assignee_id = @ToId, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = any(@Ids)
          and assignee_id = @FromId
          and status <> 'closed'
        """;

    // Each contact's timeline shows that it changed hands, as it does when one is handed over alone.
    private const string MoveContactsSql = """
        with moved as (
            update contacts
            set owner_id = @ToId, updated_at = @Now, version = version + 1
            where organization_id = @OrganizationId
              and id = any(@Ids)
            returning id)
        insert into timeline_entries (organization_id, id, contact_id, type, action, title, changes, entity_type, entity_id, actor_id, occurred_at, created_at)
        select @OrganizationId, gen_random_uuid(), id, 'update', 'contact_updated', 'Contact updated', @Changes::jsonb, 'contact', id, @ActorId, @Now, @Now
        from moved
        """;

    private const string ProgressSql = """
        update hand_overs
        set contacts = contacts + @Contacts, deals = deals + @Deals, tasks = tasks + @Tasks, campaigns = campaigns + @Campaigns,
            conversations = conversations + @Conversations, invoices = invoices + @Invoices, updated_at = @Now,
            status = case when @IsDone then 'completed' else status end, finished_at = case when @IsDone then @Now end
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>Hands the next batch over; returns it, and whether it was the last one.</summary>
    public static async Task<(Reassigned Batch, bool IsDone)> Run(DbTransaction tx, Guid id)
    {
        if (await tx.Find<Row>(LockSql, new { Id = id }) is not { } row)
            return (new(0, 0, 0, 0, 0, 0), true);
        var changes = JsonSerializer.Serialize(new[] { new Change("ownerId", row.FromId, row.ToId) }, JsonSerializerOptions.Web);
        // Locked by one statement and changed by the next: both in one deadlock with who waits for a version of a row in between.
        // The contacts are chosen once, for their conversations are locked before them.
        var contactIds = (await tx.List<Guid>(NextContactsSql, new { row.FromId, Size })).ToArray();
        var isDone = contactIds.Length < Size;
        async Task<int> Move(string lockSql, string moveSql)
        {
            var ids = await tx.List<Guid>(lockSql, new { row.FromId, Size, ContactIds = contactIds });
            isDone &= ids.Count < Size;
            return ids.Count == 0 ? 0 : await tx.Execute(moveSql, new { Ids = ids.ToArray(), row.FromId, row.ToId, row.ActorId, Changes = changes, tx.Now });
        }

        var tasks = await Move(TasksSql, MoveTasksSql);
        var deals = await Move(DealsSql, MoveDealsSql);
        var invoices = await Move(InvoicesSql, MoveInvoicesSql);
        var campaigns = await Move(CampaignsSql, MoveCampaignsSql);
        var conversations = await Move(ConversationsSql, MoveConversationsSql);
        var contacts = await Move(ContactsSql, MoveContactsSql);
        var batch = new Reassigned(contacts, deals, tasks, campaigns, conversations, invoices);
        await tx.Execute(
            ProgressSql,
            new { Id = id, batch.Contacts, batch.Deals, batch.Tasks, batch.Campaigns, batch.Conversations, batch.Invoices, IsDone = isDone, tx.Now });
        return (batch, isDone);
    }
}
