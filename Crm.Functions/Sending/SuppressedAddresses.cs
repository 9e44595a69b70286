using System.Text.Json;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Sending;

/// <summary>
/// Addresses that get nothing more. Where that is their people's will (they unsubscribed, complained, wrote STOP) their contacts say so too, and go on saying
/// so should the address become reachable again. Locked after deliveries and before contacts, by address.
/// </summary>
public static class SuppressedAddresses
{
    /// <summary>That an address shall get nothing more on a channel.</summary>
    public sealed record Wish(string Channel, string Address, string Reason, Guid? DeliveryId = null);

    /// <summary>From the least to the gravest.</summary>
    private static readonly string[] Gravity = ["unsubscribed", "manual", "stopped", "complained", "bounced"];

    /// <summary>The reasons that are the person's own will.</summary>
    public static readonly string[] OwnWill = ["unsubscribed", "stopped", "complained"];

    private const string AddSql = """
        insert into suppressions (organization_id, id, channel, address, reason, note, delivery_id, actor_id, created_at)
        select @OrganizationId, s.id, s.channel, s.address, s.reason, @Note, s.delivery_id, @ActorId, @Now
        from unnest(@Ids, @Channels, @Addresses, @Reasons, @DeliveryIds) as s (id, channel, address, reason, delivery_id)
        order by s.channel, s.address
        on conflict (organization_id, channel, address) do update
        set reason = excluded.reason, note = coalesce(excluded.note, suppressions.note), delivery_id = excluded.delivery_id, actor_id = excluded.actor_id,
            created_at = excluded.created_at
        where array_position(@Gravity, suppressions.reason) < array_position(@Gravity, excluded.reason)
        """;

    // Below a policy lower() has no index; the view is a wall of its own. One that is deleted is asked by its address alone, should it be restored.
    private const string ContactsByEmailSql = """
        select id
        from contacts
        where organization_id = @OrganizationId
          and id = any(array(
              select id
              from contacts_of_caller
              where organization_id = @OrganizationId and lower(email) = any(@Addresses) and deleted_at is null))
          and deleted_at is null
          and unsubscribed_email <> @Unsubscribed
        order by id
        for no key update
        """;

    private const string ContactsByPhoneSql = """
        select id
        from contacts
        where organization_id = @OrganizationId
          and phone = any(@Addresses)
          and deleted_at is null
          and unsubscribed_sms <> @Unsubscribed
        order by id
        for no key update
        """;

    private const string FlagSql = """
        with changed as (
            update contacts
            set unsubscribed_email = case when @Channel = 'email' then @Unsubscribed else unsubscribed_email end,
                unsubscribed_sms = case when @Channel = 'sms' then @Unsubscribed else unsubscribed_sms end,
                updated_at = @Now, version = version + 1
            where organization_id = @OrganizationId
              and id = any(@Contacts)
            returning id)
        insert into timeline_entries (organization_id, id, contact_id, type, action, title, description, changes, actor_id, occurred_at, created_at)
        select @OrganizationId, e.id, c.id, 'update', 'contact_updated', 'Contact updated', @Why, @Changes::jsonb, @ActorId, @Now, @Now
        from changed c
        join unnest(@Contacts, @Entries) as e (contact_id, id) on e.contact_id = c.id
        """;

    /// <summary>Suppresses addresses; a graver reason takes the place of a lighter one. Returns how many are new or graver.</summary>
    public static async Task<int> Add(DbTransaction tx, IReadOnlyCollection<Wish> wishes, Guid? actorId = null, string? note = null)
    {
        var gravest = wishes
            .GroupBy(wish => (wish.Channel, Address: Normalize(wish.Address)))
            .Select(group => group.MaxBy(wish => Array.IndexOf(Gravity, wish.Reason))! with { Address = group.Key.Address })
            .ToArray();
        if (gravest.Length == 0)
            return 0;
        var added = await tx.Execute(AddSql, new
        {
            Ids = gravest.Select(_ => Guid.CreateVersion7(tx.Now)).ToArray(),
            Channels = gravest.Select(wish => wish.Channel).ToArray(),
            Addresses = gravest.Select(wish => wish.Address).ToArray(),
            Reasons = gravest.Select(wish => wish.Reason).ToArray(),
            DeliveryIds = gravest.Select(wish => wish.DeliveryId).ToArray(),
            Gravity,
            Note = note,
            ActorId = actorId,
            tx.Now,
        });
        foreach (var of in wishes.Where(wish => OwnWill.Contains(wish.Reason, StringComparer.Ordinal)).GroupBy(wish => (wish.Channel, wish.Reason)))
            await Flag(tx, of.Key.Channel, [.. of.Select(wish => Normalize(wish.Address)).Distinct()], true, actorId, Why(of.Key.Reason));
        return added;
    }

    private const string LiftSql = """
        delete from suppressions
        where organization_id = @OrganizationId
          and channel = @Channel
          and address = @Address
          and reason = any(@Reasons)
        """;

    /// <summary>
    /// Lets messages go to an address again, where it was suppressed for one of these reasons; its contacts say so where that had been their own will.
    /// </summary>
    public static async Task Lift(DbTransaction tx, string channel, string address, string[] reasons, string why, Guid? actorId = null)
    {
        if (await tx.Execute(LiftSql, new { Channel = channel, Address = Normalize(address), Reasons = reasons }) > 0
            && reasons.Intersect(OwnWill, StringComparer.Ordinal).Any())
            await Flag(tx, channel, [Normalize(address)], false, actorId, why);
    }

    /// <summary>Has the contacts with these addresses say whether they want campaigns.</summary>
    public static async Task Flag(DbTransaction tx, string channel, string[] addresses, bool unsubscribed, Guid? actorId, string why)
    {
        var contacts = channel == "email"
            ? await tx.List<Guid>(ContactsByEmailSql, new { Addresses = addresses, Unsubscribed = unsubscribed })
            : await tx.List<Guid>(ContactsByPhoneSql, new { Addresses = addresses, Unsubscribed = unsubscribed });
        if (contacts.Count == 0)
            return;
        Change[] changes = [new(channel == "email" ? "unsubscribedEmail" : "unsubscribedSms", !unsubscribed, unsubscribed)];
        await tx.Execute(FlagSql, new
        {
            Channel = channel,
            Unsubscribed = unsubscribed,
            Contacts = contacts.ToArray(),
            Entries = contacts.Select(_ => Guid.CreateVersion7(tx.Now)).ToArray(),
            Changes = JsonSerializer.Serialize(changes, JsonSerializerOptions.Web),
            Why = why,
            ActorId = actorId,
            tx.Now,
        });
    }

    /// <summary>An address as it is kept: lower case, or E.164.</summary>
    public static string Normalize(string address) => address.Trim().ToLowerInvariant();

    private static string Why(string reason) => reason switch
    {
        "stopped" => "Wrote STOP.",
        "complained" => "Marked a mail as spam.",
        _ => "Unsubscribed.",
    };
}
