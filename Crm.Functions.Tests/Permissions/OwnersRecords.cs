using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Permissions;

// What owners look after, and nobody's own.
internal sealed partial class RecordWorld
{
    internal static async Task<Guid> Suppression(TestOrganization of, string note)
    {
        var reply = await of.Owner.Post("/suppressions", new { address = $"{Guid.NewGuid():N}@example.test", note });
        return reply.Expect(201).Data.GetProperty("suppressions")[0].GetProperty("id").GetGuid();
    }

    internal static async Task<Guid> ParkedEvent(TestOrganization of, string error)
    {
        var id = Guid.CreateVersion7();
        await of.App.Sql(
            """
            insert into provider_events (id, provider, event_id, organization_id, body, status, error, received_at)
            values ($1, 'sendgrid', $1::text, $2, '{"event":"delivered"}', 'parked', $3, $4)
            """,
            id, of.Id, error, of.App.Clock.GetUtcNow());
        return id;
    }
}
