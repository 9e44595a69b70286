using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Functions.Files;
using Crm.Functions.Reports;
using Crm.Shared.Database;

namespace Crm.Functions.Privacy;

public static class ErasePerson
{
    /// <param name="DryRun">true: only tells what would be erased.</param>
    [ValidatableType]
    public sealed record Request(bool? DryRun)
    {
        public static Request Example => new(true);
    }

    /// <param name="Id">The contact: its row stays, without a name.</param>
    /// <param name="DryRun">Whether nothing was erased.</param>
    /// <param name="Erased">Rows that were deleted or emptied, by table.</param>
    public sealed record Response(Guid Id, bool DryRun, IReadOnlyDictionary<string, long> Erased);

    private const string LockConversationsSql = """
        with locked as (
            select 1
            from conversations
            where organization_id = @OrganizationId
              and contact_id = any(@Ids)
            order by id
            for update)
        select count(*)
        from locked
        """;

    // Their own will stays known, whether it was said by a link or by a colleague.
    private const string RefusalsSql = """
        insert into suppressions (organization_id, id, channel, address, reason, created_at)
        select organization_id, uuidv7(), 'email', lower(email), 'unsubscribed', @Now
        from contacts
        where organization_id = @OrganizationId and id = any(@Ids) and email is not null and unsubscribed_email
        union
        select organization_id, uuidv7(), 'sms', phone, 'stopped', @Now
        from contacts
        where organization_id = @OrganizationId and id = any(@Ids) and phone is not null and unsubscribed_sms
        on conflict (organization_id, channel, address) do nothing
        """;

    private const string UnsentSql = """
        delete from deliveries
        where organization_id = @OrganizationId
          and contact_id = any(@Ids)
          and campaign_id is null
        """;

    private const string ReleaseExportsSql = """
        update stored_files
        set unwanted_at = @Now
        where organization_id = @OrganizationId
          and kind = 'export'
          and unwanted_at > @Now
        """;

    /// <summary>Erases a person: what is kept about a contact is deleted or emptied, files included. It cannot be undone.</summary>
    /// <remarks>
    /// What the organisation must keep stays: invoices, payments and the figures of deals, of nobody any more. That the person wants no messages stays
    /// too, as a hash of the address. Files of exports that colleagues have not fetched yet are deleted. <c>dryRun</c> counts without erasing.
    /// </remarks>
    [Function("ErasePerson"), Tags("Contacts"), Allow(Permission.ErasePeople)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "contacts/{id:guid}/erase")] Request request, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(
            caller.Scope,
            async tx =>
            {
                await MergeLock.Alone(tx);
                var (person, fault) = await Person.Find(tx, id);
                if (fault is not null)
                    return fault;
                var erased = await Erase(tx, person!);
                if (request.DryRun == true)
                    tx.Abandon();
                else
                    await tx.Audit(caller.UserId, "contact.erased", "contact", person!.Id, new { erased });
                return new Response(person!.Id, request.DryRun == true, erased);
            },
            ct);

    private static async Task<Dictionary<string, long>> Erase(DbTransaction tx, Person person)
    {
        var args = person.Args(tx.Now);
        var owners = (await tx.List<Guid>(PersonalData.FileOwnersSql, args)).ToArray();
        var erased = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var held in PersonalData.Tables.Where(held => held.Erase is not null))
        {
            if (held.Table == "deliveries")
            {
                await Recipients.LockAll(tx, person.Ids);
                await Recipients.Drop(tx, person.Ids);
                await tx.Execute(UnsentSql, args);
                await tx.Find<long>(LockConversationsSql, args);
            }

            if (held.Table == "suppressions")
                await tx.Execute(RefusalsSql, args);
            if (await tx.Execute(held.EraseSql, args) is > 0 and var rows)
                erased[held.Table] = rows;
        }

        // Contacts are counted by their source, which may tell of the person.
        await FoldReportCounts.FoldDays(tx);
        await StoredFiles.Release(tx, owners, ["avatar", "attachment"]);
        // They have a time to go already: now is it, and the sweep finds them.
        await tx.Execute(ReleaseExportsSql, args);
        return erased;
    }
}
