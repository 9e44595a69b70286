using System.Text.Json;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.SendGrid;

namespace Crm.Functions.Email;

/// <summary>
/// Sends one transactional mail. It is claimed for a while, sent, and marked. When the process dies in between, or the provider does
/// not answer, the claim runs out and SweepEmails queues it again: the mail may then come twice, which is better than not at all.
/// </summary>
public static class SendEmail
{
    /// <summary>Longer than one call to the provider can take.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(45);

    /// <summary>A provider that is down is tried again for this many tries, from 15 seconds apart to an hour: about two days.</summary>
    private const int MostAttempts = 60;
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    public sealed record Message(Guid OrganizationId, Guid EmailId);

    private sealed record Row(string Recipient, JsonElement Data, int Attempts);

    private const string ClaimSql = """
        update emails
        set status = 'sending', attempts = attempts + 1, due_at = @LeaseEnd, queued_until = null
        where organization_id = @OrganizationId
          and id = @EmailId
          and status in ('pending', 'sending')
          and due_at <= @Now
        returning recipient, data, attempts
        """;

    // Of this attempt only: when the lease ran out in the meantime somebody else has the mail.
    private const string SettleSql = """
        update emails
        set status = @Status, provider_id = @ProviderId, error = @Error, due_at = coalesce(@DueAt::timestamptz, due_at),
            sent_at = case when @Status = 'sent' then @Now end
        where organization_id = @OrganizationId
          and id = @EmailId
          and attempts = @Attempts
          and status = 'sending'
        """;

    [Function("SendEmail")]
    public static async Task Handle(
        [QueueTrigger(Queues.SendEmail)] Message? message, Db db, SendGridMail mails, Links links, LinkTokens tokens, ILoggerFactory logs, CancellationToken ct)
    {
        if (Queues.IsBlank(logs.CreateLogger(Queues.SendEmail), Queues.SendEmail, message?.OrganizationId, message?.EmailId))
            return;
        var (organizationId, emailId) = message!;
        var scope = new Scope(organizationId);
        var row = await db.Find<Row>(scope, ClaimSql, new { EmailId = emailId, db.Now, LeaseEnd = db.Now + Lease }, ct);
        if (row is null)
            return;

        var outcome = Compose(row.Data, links, tokens) is { } letter
            ? await mails.Send(new(row.Recipient, letter.Subject, letter.Text, letter.Html, emailId), ct)
            : new(SendResult.Unavailable, null, "This version of the app does not know this kind of letter.");
        var retry = outcome.Result == SendResult.Unavailable && row.Attempts < MostAttempts;
        await db.Execute(scope, SettleSql, new
        {
            EmailId = emailId,
            row.Attempts,
            Status = outcome.Result == SendResult.Accepted ? "sent" : retry ? "pending" : "failed",
            outcome.ProviderId,
            outcome.Error,
            DueAt = retry ? db.Now + Wait(row.Attempts) : (DateTimeOffset?)null,
            db.Now,
        }, CancellationToken.None);
    }

    // Written by a newer version, after a step back to this one: it waits for that version to return.
    private static LetterText? Compose(JsonElement data, Links links, LinkTokens tokens)
    {
        try
        {
            return data.Deserialize<Letter>(OutgoingEmail.Json)?.Compose(links, tokens);
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            return null;
        }
    }

    private static TimeSpan Wait(int attempts)
    {
        var doubled = FirstWait * Math.Pow(2, Math.Min(attempts - 1, 20));
        return doubled < LongestWait ? doubled : LongestWait;
    }
}
