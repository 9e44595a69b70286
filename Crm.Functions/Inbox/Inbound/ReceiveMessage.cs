using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Npgsql;

namespace Crm.Functions.Inbox.Inbound;

/// <summary>
/// Takes a mail or a text message, as a webhook stored it, into the inbox. The event is locked, so that a message of the queue that comes twice finds it
/// done; it is never answered by itself, so that two machines do not write to one another for ever.
/// </summary>
public static class ReceiveMessage
{
    public sealed record Message(Guid EventId);

    /// <param name="Provider">sendgrid-inbound or twilio-sms.</param>
    /// <param name="OrganizationId">Of a text message: the webhooks know whose its number is.</param>
    /// <param name="Body">As the vendor posted it.</param>
    /// <param name="ReceivedAt">When.</param>
    private sealed record Event(string Provider, Guid? OrganizationId, string Body, DateTimeOffset ReceivedAt);

    private const string TakeSql = """
        select provider, organization_id, body, received_at
        from provider_events
        where id = @EventId
          and provider in ('sendgrid-inbound', 'twilio-sms')
          and status = 'received'
        for update
        """;

    private const string SettleSql = """
        update provider_events
        set status = @Status, error = @Error, organization_id = coalesce(@Whose::uuid, organization_id), processed_at = @Now
        where id = @EventId
          and status = 'received'
        """;

    [Function("ReceiveMessage")]
    public static async Task Handle(
        [QueueTrigger(Queues.InboundMessages)] Message? message, Db db, Links links, ILoggerFactory logs, CancellationToken ct)
    {
        if (Queues.IsBlank(logs.CreateLogger(nameof(ReceiveMessage)), Queues.InboundMessages, message?.EventId))
            return;
        var id = message!.EventId;
        try
        {
            await db.Transaction(Scope.Global, async global =>
            {
                if (await global.Find<Event>(TakeSql, new { EventId = id }) is not { } stored)
                    return false;
                var (whose, status, error) = await Receive(global, id, stored, links.InboundDomain);
                await global.Execute(SettleSql, new { EventId = id, Status = status, Error = error, Whose = whose, global.Now });
                return true;
            }, ct);
        }
        catch (Exception exception)
            when (exception is not OperationCanceledException and not NpgsqlException { IsTransient: true } and not MovedOnException)
        {
            // It would be no better the next time, and the sweep would try it for as long as it is kept.
            logs.CreateLogger(nameof(ReceiveMessage)).LogError(exception, "Could not take the event {EventId} in", id);
            await db.Execute(Scope.Global, SettleSql, new { EventId = id, Status = "parked", Error = exception.Message, Whose = (Guid?)null, db.Now }, ct);
        }
    }

    private static async Task<(Guid? Whose, string Status, string? Error)> Receive(
        DbTransaction global, Guid eventId, Event stored, string? domain)
    {
        if (InboundMessage.Read(stored.Provider, stored.Body) is not { } message)
            return (null, "parked", "It cannot be read as a message.");
        if (message.IsAutomatic)
            return (null, "processed", "auto-reply");
        var recipient = message.Type == "email"
            ? await Recipient.OfMail(global, message, domain)
            : stored.OrganizationId is { } owner ? new(owner, null) : null;
        if (recipient is null)
            return (null, "parked", $"No organisation has the address {message.To[0]}.");

        var tx = global.In(recipient.OrganizationId);
        var conversation = recipient.ConversationId is { } known ? (await ConversationRow.Lock(tx, known)).Row : null;
        if (conversation is null)
        {
            var sender = await Sender.Of(tx, message);
            conversation = (await ConversationRow.With(tx, sender.Id, message.Type, sender.ConversationId)).Row;
        }

        if (conversation is null)
            // Merged away at this very moment: the next try finds who they are now.
            throw new MovedOnException("The sender became another contact.");
        await Sender.Restore(tx, conversation.ContactId);
        await IncomingMessage.Write(tx, eventId, stored.ReceivedAt, message, conversation);
        return (recipient.OrganizationId, "processed", null);
    }
}
