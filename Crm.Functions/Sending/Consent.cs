namespace Crm.Functions.Sending;

/// <summary>The consent gate: who must not be written to. Asked when somebody becomes a recipient, and again when it is sent.</summary>
public static class Consent
{
    /// <summary>
    /// In SQL, why the contact <c>c</c> gets no campaign on the channel <c>@Channel</c>; null when it does. What it reads is joined by <see cref="Join"/>.
    /// </summary>
    public const string RefusalSql = """
        case
            when c.deleted_at is not null then 'inactive'
            when coalesce(case @Channel when 'email' then c.email else c.phone end, '') = '' then 'no_address'
            when s.reason is not null then s.reason
            when case @Channel when 'email' then c.unsubscribed_email else c.unsubscribed_sms end then 'unsubscribed'
        end
        """;

    /// <summary>The suppression <c>s</c> of the address that the contact <c>c</c> has on <c>@Channel</c>.</summary>
    public const string Join = """
        left join suppressions s on s.organization_id = c.organization_id
            and s.channel = @Channel
            and s.address = case @Channel when 'email' then lower(c.email) else c.phone end
        """;

    /// <summary>The reasons that stop personal mail too: it would not arrive, or harm the sender.</summary>
    public static readonly string[] HardReasons = ["bounced", "complained", "stopped"];
}
