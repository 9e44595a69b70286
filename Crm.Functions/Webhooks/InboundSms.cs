using System.Text.Json;
using Crm.Functions.Sending;
using Crm.Shared.Database;

namespace Crm.Functions.Webhooks;

/// <summary>
/// An SMS that somebody wrote: found out whose it is, heeded where it is one of the words by which people stop and start messages, and handed on to the inbox.
/// </summary>
internal static class InboundSms
{
    private static readonly string[] StopWords = ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"];
    private static readonly string[] StartWords = ["START", "UNSTOP"];

    /// <summary>Takes a STOP back, but is also what people answer to questions.</summary>
    private static readonly string[] YesWords = ["YES"];

    private static readonly string[] Words = [.. StopWords, .. StartWords, .. YesWords];

    private const string ByNumberSql = """
        select id
        from organizations
        where sms_number = @To
        """;

    // Of a number that several organisations share, it is whose messages the sender had last.
    private const string BySenderSql = """
        select c.organization_id
        from organizations o
        cross join lateral (
            select organization_id, id
            from contacts
            where organization_id = o.id and phone = @From and deleted_at is null) c
        cross join lateral (
            select greatest(
                (select max(v.last_message_at)
                 from conversations v
                 where v.organization_id = c.organization_id and v.contact_id = c.id and v.type = 'sms'),
                (select max(d.created_at)
                 from deliveries d
                 where d.organization_id = c.organization_id and d.contact_id = c.id and d.channel = 'sms')) as at) latest
        where o.sms_number is null
          and latest.at is not null
        order by latest.at desc, c.organization_id
        limit 1
        """;

    private const string OwnSql = """
        update provider_events
        set organization_id = @Owner
        where id = @Id
          and status = 'received'
        """;

    private const string ParkSql = """
        update provider_events
        set status = 'parked', error = @Fault
        where id = @Id
          and status = 'received'
        """;

    // The body is an object that we wrote ourselves.
    private const string LaterWordSql = """
        select true
        from provider_events
        where provider = 'twilio-sms'
          and (received_at, id) > (@ReceivedAt, @Id)
          and body::jsonb ->> 'From' = @From
          and body::jsonb ->> 'To' = @To
          and btrim(upper(body::jsonb ->> 'Body'), E' \t\r\n.!') = any(@Words)
        limit 1
        """;

    // That its word was heeded; it stays received until the inbox has it too.
    private const string HandledSql = """
        update provider_events
        set processed_at = @Now
        where organization_id = @OrganizationId
          and id = @Id
          and status = 'received'
        """;

    public static async Task Process(Db db, StoredEvent stored, CancellationToken ct)
    {
        using var json = JsonDocument.Parse(stored.Body);
        var (from, to) = (json.RootElement.Text("From") ?? "", json.RootElement.Text("To") ?? "");
        var owner = stored.OrganizationId
            ?? await db.Find<Guid?>(Scope.Global, ByNumberSql, new { To = to }, ct)
            ?? await db.Find<Guid?>(Scope.Global, BySenderSql, new { From = from }, ct);
        if (owner is not { } organization)
        {
            await db.Execute(Scope.Global, ParkSql, new { stored.Id, Fault = "No organisation has this number, or wrote to its sender." }, ct);
            return;
        }

        if (stored.OrganizationId is null)
            await db.Execute(Scope.Global, OwnSql, new { stored.Id, Owner = organization }, ct);
        var word = Word(json.RootElement);
        // Messages overtake one another: the last word counts.
        if (word is not null && await db.Find<bool>(Scope.Global, LaterWordSql, new { stored.ReceivedAt, stored.Id, From = from, To = to, Words }, ct))
            word = null;
        await db.Transaction(new Scope(organization), async tx =>
        {
            if (!stored.IsHandled && word is not null)
                await Heed(tx, word, from);
            await tx.Execute(HandledSql, new { stored.Id, tx.Now });
            await tx.Send(Queues.InboundMessages, new InboundMessage(stored.Id));
            return true;
        }, ct);
    }

    /// <summary>The word by which messages are stopped or started; null when it is none.</summary>
    private static string? Word(JsonElement sms)
    {
        var word = (sms.Text("OptOutType") ?? sms.Text("Body") ?? "").Trim(' ', '\t', '\r', '\n', '.', '!').ToUpperInvariant();
        return Words.Contains(word, StringComparer.Ordinal) ? word : null;
    }

    private static Task Heed(DbTransaction tx, string word, string from) =>
        StopWords.Contains(word, StringComparer.Ordinal)
            ? SuppressedAddresses.Add(tx, [new("sms", from, "stopped")])
            : SuppressedAddresses.Lift(
                tx, "sms", from, StartWords.Contains(word, StringComparer.Ordinal) ? ["stopped", "unsubscribed"] : ["stopped"], $"Wrote {word}.");
}
