using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Webhooks;

public static class ListParkedEvents
{
    /// <summary>An event of a vendor's that could not be processed.</summary>
    /// <param name="Id">Its id here.</param>
    /// <param name="Provider">sendgrid, sendgrid-inbound, twilio-status, twilio-sms or stripe.</param>
    /// <param name="EventId">The vendor's own id of it.</param>
    /// <param name="ReceivedAt">When it came.</param>
    /// <param name="Error">Why it could not be processed.</param>
    /// <param name="Body">What the vendor said, its first 2,000 characters.</param>
    public sealed record ParkedEvent(Guid Id, string Provider, string EventId, DateTimeOffset ReceivedAt, string Error, string Body);

    /// <param name="Events">The events of this page, newest first.</param>
    /// <param name="Meta">Where it stands.</param>
    public sealed record Response(IReadOnlyList<ParkedEvent> Events, PageMeta Meta);

    private static readonly PagedList<ParkedEvent> List = new()
    {
        Table = "provider_events",
        Alias = "e",
        Columns = "e.id, e.provider, e.event_id, e.received_at, coalesce(e.error, '') as error, left(e.body, 2000) as body",
        Orders = [new("receivedAt", "e.received_at desc, e.id desc", "e.received_at, e.id")],
        After = "(e.received_at, e.id) < (@AfterTime, @AfterId)",
        PlaceOf = parked => new(parked.ReceivedAt, parked.Id),
    };

    private const string Where = """
        where e.organization_id = @OrganizationId
          and e.status = 'parked'
        """;

    /// <summary>Vendors' events of the organisation that could not be processed.</summary>
    /// <remarks>They are kept for 30 days, and can be tried again for as long. Pages by <c>page</c> or by <c>cursor</c>.</remarks>
    [Function("ListParkedEvents"), Tags("Webhooks"), Allow(Permission.ReplayEvents)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "webhooks/events")] HttpRequest http,
        [Pages("receivedAt", ByCursor = true)] Paging paging, Caller caller, Db db, Totals totals, CancellationToken ct)
    {
        var page = await List.Read(db, totals, caller.Organization, paging, Where, new { }, isPlain: true, ct);
        return new Response(page.Rows, page.Meta);
    }
}
