using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Deals.Pipelines;

public static class DeletePipeline
{
    public sealed record Response(Guid Id);

    private const string DeleteSql = """
        with gone as (
            update stages
            set deleted_at = @Now
            where organization_id = @OrganizationId
              and pipeline_id = @PipelineId
              and deleted_at is null)
        update pipelines
        set deleted_at = @Now, updated_at = @Now
        where organization_id = @OrganizationId
          and id = @PipelineId
        """;

    /// <summary>Deletes a pipeline that is not the default one.</summary>
    /// <remarks>With deals in it only with <c>moveTo</c>, a stage of another pipeline that takes them (409 PIPELINE_HAS_DEALS).</remarks>
    /// <param name="id" example="01990000-0000-7000-8000-b00000000100">The pipeline.</param>
    /// <param name="moveTo">The stage of another pipeline that takes the deals.</param>
    [Function("DeletePipeline"), Tags("Pipelines"), Allow(Permission.EditPipelines)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "pipelines/{id:guid}")] HttpRequest http,
        Guid id, Guid? moveTo, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            if ((await PipelineLock.Pipelines(tx)).Find(pipeline => pipeline.Id == id) is not { } pipeline)
                return Errors.PipelineNotFound;
            if (pipeline.IsDefault)
                return Errors.PipelineIsDefault;
            var stages = await PipelineLock.Stages(tx, id, moveTo);
            var own = stages.Where(stage => stage.PipelineId == id).Select(stage => stage.Id).ToArray();
            if ((await PipelineLock.Occupied(tx, own)).Count > 0)
            {
                if (moveTo is null)
                    return Errors.PipelineHasDeals;
                if (own.Contains(moveTo.Value))
                    return Error.Invalid("moveTo", "moveTo must be a stage of another pipeline.");
                if (stages.Find(stage => stage.Id == moveTo) is not { } target)
                    return Errors.StageNotFound;
                await EmptyStages.Lock(tx, [.. own, target.Id]);
                await EmptyStages.Into(tx, caller, target, own);
            }

            await tx.Execute(DeleteSql, new { PipelineId = id, tx.Now });
            await tx.Audit(caller.UserId, "pipeline.deleted", "pipeline", id);
            return new Response(id);
        }, ct);
}
