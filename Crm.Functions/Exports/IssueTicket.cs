using Crm.Functions.Auth;
using Crm.Functions.Tokens;
using Crm.Shared.Database;

namespace Crm.Functions.Exports;

public static class IssueTicket
{
    /// <param name="Url">Opens the download, once.</param>
    /// <param name="ExpiresAt">Until then.</param>
    public sealed record Response(string Url, DateTimeOffset ExpiresAt);

    /// <summary>An address for one download within a minute, which needs no header: for <c>window.open</c>.</summary>
    /// <remarks>It is good for what the body asks for, and for nothing else. Type, format and filters are those of GET /reports/export.</remarks>
    [Function("IssueExportTicket"), Tags("Exports"), Allow(Permission.ExportData)]
    public static async Task<Created<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "reports/export/tickets")] ExportRequest request, Caller caller, Db db, Links links, CancellationToken ct)
    {
        if (ExportPlan.Of(request, caller, db.Now).Fault is { } fault)
            return fault;
        var (ticket, expiresAt) = await DownloadTickets.Issue(db, caller, request, ct);
        return new Response(links.ExportNow(ticket), expiresAt);
    }
}
