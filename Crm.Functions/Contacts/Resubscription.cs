using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

/// <summary>What a contact that wants campaigns again needs besides: its address was suppressed when it unsubscribed.</summary>
internal static class Resubscription
{
    // Only what the contact's own click had suppressed: a complaint, STOP or a bounce is more than a flag.
    private const string LiftSql = """
        delete from suppressions
        where organization_id = @OrganizationId
          and reason = 'unsubscribed'
          and (channel = 'email' and address = @Email or channel = 'sms' and address = @Phone)
        """;

    public static Task Lift(DbTransaction tx, ContactFields before, ContactFields after)
    {
        var email = before.UnsubscribedEmail && !after.UnsubscribedEmail ? after.Email?.ToLowerInvariant() : null;
        var phone = before.UnsubscribedSms && !after.UnsubscribedSms ? after.Phone : null;
        return email is null && phone is null ? Task.CompletedTask : tx.Execute(LiftSql, new { Email = email, Phone = phone });
    }
}
