using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Sending;
using Crm.Shared.Database;

namespace Crm.Functions.Suppressions;

public static class LiftSuppression
{
    public sealed record Response(Guid Id);

    private const string FindSql = $"""
        select {Suppression.Columns}
        from suppressions s
        where s.organization_id = @OrganizationId
          and s.id = @Id
        for update
        """;

    /// <summary>Lets messages go to an address again.</summary>
    /// <remarks>
    /// Who had unsubscribed or complained is a subscriber again, on every contact of the address: do it when they ask for it. A number that wrote STOP stays
    /// suppressed until it writes START.
    /// </remarks>
    [Function("LiftSuppression"), Tags("Suppressions"), Allow(Permission.EditSuppressions)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "suppressions/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Organization, async tx =>
        {
            if (await tx.Find<Suppression>(FindSql, new { Id = id }) is not { } suppression)
                return Errors.SuppressionNotFound;
            if (suppression.Reason == "stopped")
                return Errors.SuppressionStopped;
            await SuppressedAddresses.Lift(tx, suppression.Channel, suppression.Address, [suppression.Reason], "Suppression lifted.", caller.UserId);
            // Addresses are nobody's to keep in a trail for years: the reason is what matters.
            await tx.Audit(caller.UserId, "suppression.lifted", "suppression", id, new { suppression.Channel, suppression.Reason });
            return new Response(id);
        }, ct);
}
