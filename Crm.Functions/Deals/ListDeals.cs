using System.Text.Json.Serialization;
using Crm.Functions.Auth;
using Crm.Functions.Deals.Pipelines;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Deals;

public static class ListDeals
{
    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>board (default): the columns of one pipeline with their first deals; list: deals of all pipelines, page by page.</summary>
        [FromQuery]
        [OneOf("board", "list")]
        public string? View { get; init; }

        /// <summary>The pipeline; the board shows the default one unless given.</summary>
        [FromQuery]
        public Guid? PipelineId { get; init; }

        /// <summary>One stage alone.</summary>
        [FromQuery]
        public Guid? StageId { get; init; }

        /// <summary>One or more of open, won, lost.</summary>
        [FromQuery]
        [OneOf(StageType.Open, StageType.Won, StageType.Lost)]
        public string[]? Status { get; init; }

        /// <summary>The owner; staff may name only themselves.</summary>
        [FromQuery]
        public Guid? OwnerId { get; init; }

        /// <summary>The contact.</summary>
        [FromQuery]
        public Guid? ContactId { get; init; }

        /// <summary>Part of the title; one or two letters: a word's beginning.</summary>
        [FromQuery]
        [Text(200)]
        public string? Search { get; init; }

        /// <summary>The least value.</summary>
        [FromQuery]
        public decimal? MinValue { get; init; }

        /// <summary>The greatest value.</summary>
        [FromQuery]
        public decimal? MaxValue { get; init; }

        /// <summary>The first expected close date.</summary>
        [FromQuery]
        [Date]
        public ClientTime? CloseFrom { get; init; }

        /// <summary>The last expected close date.</summary>
        [FromQuery]
        [Date]
        public ClientTime? CloseTo { get; init; }

        /// <summary>true: only open deals that have been idle too long; false: only the others.</summary>
        [FromQuery]
        public bool? Rotting { get; init; }

        /// <summary>Deals a column of the board, 25 by default, 100 at most; page turns the page of all columns.</summary>
        [FromQuery]
        [Between(1, int.MaxValue)]
        public int? PerStage { get; init; }

        /// <summary>What it means for the deals of a scope; dates are read in a time zone.</summary>
        internal DealFilter In(Scope scope, TimeZoneInfo zone)
        {
            var search = SearchTerm.Of(Search);
            return new()
            {
                PipelineId = PipelineId,
                StageId = StageId,
                Statuses = QueryList.Words(Status),
                OwnerId = scope.OwnedBy(OwnerId).OwnerId,
                ContactId = ContactId,
                Pattern = search?.Pattern,
                WordPattern = search?.WordPattern,
                MinValue = MinValue,
                MaxValue = MaxValue,
                CloseFrom = CloseFrom?.DateIn(zone),
                CloseTo = CloseTo?.DateIn(zone),
                Rotting = Rotting,
            };
        }
    }

    /// <summary>The board's pipeline and columns (absent in the list view), and its deals or those of the page.</summary>
    public sealed record Response(
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PipelineBrief? Pipeline,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<BoardStage>? Stages,
        IReadOnlyList<Deal> Deals,
        PageMeta Meta);

    /// <summary>The sales pipeline as a board, or deals as a list; for staff their own.</summary>
    /// <remarks>
    /// The board counts and sums each column whatever part of it is shown; <c>hasMore</c> says that a column goes on, and <c>stageId</c> with
    /// <c>page</c> continues it. In both views <c>deals</c> has what is shown, one after the other.
    /// </remarks>
    [Function("ListDeals"), Tags("Deals"), Allow(Permission.ReadDeals)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "deals")] HttpRequest http,
        [AsParameters] Filter filter,
        [Pages("createdAt", "updatedAt", "lastActivityAt", "value", "expectedCloseDate", "title", ByCursor = true)] Paging paging,
        Caller caller, Db db, Totals totals, CancellationToken ct)
    {
        var scope = caller.Scope.OwnedBy(filter.OwnerId);
        if (filter.OwnerId is { } owner && owner != scope.OwnerId)
            return Errors.Forbidden with { Message = "Staff see their own deals only." };
        var deals = filter.In(caller.Scope, caller.Zone);
        return string.Equals(filter.View, "list", StringComparison.OrdinalIgnoreCase)
            ? await DealList.Read(deals, paging, scope, db, totals, ct)
            : await Board.Read(deals, filter.PerStage, paging, scope, db, ct);
    }
}
