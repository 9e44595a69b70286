using Crm.Functions.Auth;
using Crm.Functions.Sending;
using Crm.Functions.Tokens;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

public static class SendCampaign
{
    /// <param name="DryRun">True: report whom it would go to, and send nothing.</param>
    [ValidatableType]
    public sealed record Request(bool DryRun = false)
    {
        public static Request Example => new(DryRun: true);
    }

    /// <param name="DryRun">Whether this only says what would happen.</param>
    /// <param name="Campaign">The campaign, which is being sent now.</param>
    /// <param name="Queued">Recipients it goes to.</param>
    /// <param name="Suppressed">Recipients it does not go to, as things are now: it is asked again for each when their turn comes.</param>
    /// <param name="SuppressedDetails">Why not, by numbers.</param>
    /// <param name="Examples">With dryRun: up to 100 of them.</param>
    /// <param name="EstimatedMinutes">How long it will take, apart from quiet hours.</param>
    public sealed record Response(
        bool DryRun, CampaignDetail Campaign, long Queued, long Suppressed, SuppressedDetails SuppressedDetails, IReadOnlyList<SuppressedContact> Examples,
        int EstimatedMinutes);

    private const string StaffMaySql = """
        select staff_may_send_campaigns
        from organizations
        where id = @OrganizationId
        """;

    /// <summary>Sends a campaign now, or goes on with one that was paused.</summary>
    /// <remarks>
    /// A scheduled one leaves its schedule. The contacts of its segment become recipients, its texts are frozen, and its template counts a use: once a
    /// campaign, however often it is paused. Names that are in no catalogue are refused with their places. Whether staff send is a setting of the
    /// organisation, <c>staffMaySendCampaigns</c>.
    /// </remarks>
    /// <param name="id" example="01990000-0000-7000-8000-500000000003">The campaign.</param>
    [Function("SendCampaign"), Tags("Campaigns"), Allow(Permission.WriteCampaigns)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "campaigns/{id:guid}/send")] Request request,
        Guid id, Caller caller, Db db, Channels channels, Links links, CancellationToken ct) =>
        Send(caller, db, channels, links, id, request.DryRun, ct, "draft", "scheduled", "paused");

    internal static Task<Reply<Response>> Send(
        Caller caller, Db db, Channels channels, Links links, Guid id, bool dryRun, CancellationToken ct, params string[] statuses) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            var (campaign, refusal) = await CampaignRow.Lock(tx, id, statuses);
            if ((refusal ?? await Fault(tx, caller) ?? channels.Fault(campaign!.Type)) is { } reason)
                return reason;
            var (started, fault) = await CampaignStart.Run(tx, campaign!, links, caller.UserId, dryRun);
            if (dryRun || fault is not null)
                tx.Abandon();
            if (fault is not null)
                return fault;
            var (judged, minutes) = started!;
            return new Response(
                dryRun, await CampaignDetail.Read(tx, id), judged.Queued, judged.Suppressed, judged.Reasons, judged.Examples, minutes);
        }, ct);

    /// <summary>Why this caller may not send at all.</summary>
    internal static async Task<Error?> Fault(DbTransaction tx, Caller caller) =>
        caller.Reach == Reach.Own && !await tx.Find<bool>(StaffMaySql, null)
            ? Errors.Forbidden with { Message = "In your organisation staff do not send campaigns: ask a manager." }
            : null;
}
