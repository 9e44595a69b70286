using Crm.Shared.Database;

namespace Crm.Functions.Admin;

/// <summary>Addresses of the demo organisation that get nothing more, and events that could not be processed.</summary>
internal static class DemoSuppressions
{
    private static readonly (string Address, string Reason, string? Note)[] All =
        [("old-office@example.com", "manual", "The office was closed."), ("gone@example.com", "bounced", null)];

    private const string SuppressionsSql = """
        insert into suppressions (organization_id, id, channel, address, reason, note, created_at)
        select @OrganizationId, id, 'email', address, reason, note, @Now
        from unnest(@Ids, @Addresses, @Reasons, @Notes) as s (id, address, reason, note)
        """;

    private const string EventsSql = """
        insert into provider_events (organization_id, id, provider, event_id, body, status, error, received_at)
        select @OrganizationId, id, 'sendgrid', 'demo-' || id, @Body, 'parked', 'There is no such message.', @Now
        from unnest(@Ids) as e (id)
        """;

    /// <summary>Of a mail that was sent before this database was.</summary>
    private const string Body = """
        {"email":"old-customer@example.com","event":"delivered","timestamp":1767225600,"delivery_id":"01990000-0000-7000-8000-000000000000"}
        """;

    public static async Task Add(DbTransaction tx)
    {
        await tx.Execute(SuppressionsSql, new
        {
            Ids = new[] { Demo.Suppression(1), Demo.Suppression(2) },
            Addresses = All.Select(one => one.Address).ToArray(),
            Reasons = All.Select(one => one.Reason).ToArray(),
            Notes = All.Select(one => one.Note).ToArray(),
            tx.Now,
        });
        await tx.Execute(EventsSql, new { Ids = new[] { Demo.ParkedEvent(1), Demo.ParkedEvent(2) }, Body, tx.Now });
    }
}
