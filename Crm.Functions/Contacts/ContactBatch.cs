using System.Text.Json;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

/// <summary>A contact to write together with many others.</summary>
internal sealed record ContactWrite(Guid Id, ContactFields Fields, string? EmailKey);

/// <summary>Writes many contacts with one statement each for the rows and for their timelines.</summary>
internal static class ContactBatch
{
    private const string Given = """
        unnest(@Ids, @Owners, @FirstNames, @LastNames, @Emails, @EmailKeys, @Phones, @Companies, @JobTitles, @Statuses, @Sources, @Tags, @Addresses, @Notes,
               @CustomFields, @UnsubscribedEmails, @UnsubscribedSmses)
            as g (id, owner_id, first_name, last_name, email, email_key, phone, company, job_title, status, source, tags, address, notes,
                  custom_fields, unsubscribed_email, unsubscribed_sms)
        """;

    // Arrays of arrays must be rectangular, so labels travel as JSON.
    private const string Labels = "array(select jsonb_array_elements_text(g.tags::jsonb))";

    // In the order of their addresses: two imports of the same people wait for one another instead of deadlocking.
    private const string InsertSql = $"""
        insert into contacts (organization_id, id, owner_id, first_name, last_name, email, email_key, phone, company, job_title, status, source, tags,
                              address, notes, custom_fields, unsubscribed_email, unsubscribed_sms, created_at, updated_at)
        select @OrganizationId, g.id, g.owner_id, g.first_name, g.last_name, g.email, g.email_key, g.phone, g.company, g.job_title, g.status, g.source,
               {Labels}, g.address, g.notes, g.custom_fields::jsonb, g.unsubscribed_email, g.unsubscribed_sms, @Now, @Now
        from {Given}
        order by g.email_key
        on conflict (organization_id, email_key) do nothing
        returning id
        """;

    private const string UpdateSql = $"""
        update contacts c
        set owner_id = g.owner_id, first_name = g.first_name, last_name = g.last_name, email = g.email, email_key = g.email_key, phone = g.phone,
            company = g.company, job_title = g.job_title, status = g.status, source = g.source, tags = {Labels}, address = g.address, notes = g.notes,
            custom_fields = g.custom_fields::jsonb, unsubscribed_email = g.unsubscribed_email, unsubscribed_sms = g.unsubscribed_sms,
            updated_at = @Now, version = c.version + 1
        from {Given}
        where c.organization_id = @OrganizationId
          and c.id = g.id
        """;

    private const string TimelineSql = """
        insert into timeline_entries (organization_id, id, contact_id, type, action, title, changes, entity_type, entity_id, actor_id, occurred_at, created_at)
        select @OrganizationId, id, contact_id, 'update', action, title, changes::jsonb, @EntityType, @EntityId, @ActorId, @Now, @Now
        from unnest(@Ids, @ContactIds, @Actions, @Titles, @Changes) as e (id, contact_id, action, title, changes)
        """;

    /// <summary>Inserts; returns the ids inserted: all but those whose address somebody took at the same moment.</summary>
    public static async Task<HashSet<Guid>> Insert(DbTransaction tx, IReadOnlyList<ContactWrite> contacts) =>
        contacts.Count == 0 ? [] : [.. await tx.List<Guid>(InsertSql, Args(tx, contacts))];

    public static Task Update(DbTransaction tx, IReadOnlyList<ContactWrite> contacts) =>
        contacts.Count == 0 ? Task.CompletedTask : tx.Execute(UpdateSql, Args(tx, contacts));

    /// <summary>One entry each; <paramref name="entity"/> is what caused them all.</summary>
    public static Task AddToTimelines(
        DbTransaction tx, Guid? actorId, (string Type, Guid Id)? entity,
        IReadOnlyList<(Guid ContactId, string Action, string Title, Change[]? Changes)> entries) =>
        entries.Count == 0 ? Task.CompletedTask : tx.Execute(TimelineSql, new
        {
            Ids = entries.Select(_ => Guid.CreateVersion7(tx.Now)).ToArray(),
            ContactIds = entries.Select(entry => entry.ContactId).ToArray(),
            Actions = entries.Select(entry => entry.Action).ToArray(),
            Titles = entries.Select(entry => entry.Title).ToArray(),
            Changes = entries.Select(entry => entry.Changes is null ? null : JsonSerializer.Serialize(entry.Changes, JsonSerializerOptions.Web)).ToArray(),
            EntityType = entity?.Type,
            EntityId = entity?.Id,
            ActorId = actorId,
            tx.Now,
        });

    private static object Args(DbTransaction tx, IReadOnlyList<ContactWrite> contacts)
    {
        T[] All<T>(Func<ContactFields, T> of) => [.. contacts.Select(contact => of(contact.Fields))];
        return new
        {
            tx.Now,
            Ids = contacts.Select(contact => contact.Id).ToArray(),
            Owners = All(fields => fields.OwnerId),
            FirstNames = All(fields => fields.FirstName),
            LastNames = All(fields => fields.LastName),
            Emails = All(fields => fields.Email),
            EmailKeys = contacts.Select(contact => contact.EmailKey).ToArray(),
            Phones = All(fields => fields.Phone),
            Companies = All(fields => fields.Company),
            JobTitles = All(fields => fields.JobTitle),
            Statuses = All(fields => fields.Status),
            Sources = All(fields => fields.Source),
            Tags = All(fields => JsonSerializer.Serialize(fields.Tags)),
            Addresses = All(fields => fields.Address),
            Notes = All(fields => fields.Notes),
            CustomFields = All(fields => fields.CustomFields.GetRawText()),
            UnsubscribedEmails = All(fields => fields.UnsubscribedEmail),
            UnsubscribedSmses = All(fields => fields.UnsubscribedSms),
        };
    }
}
