using Crm.Functions.Auth;
using Crm.Functions.Deals.Pipelines;
using Crm.Functions.Hosting;

namespace Crm.Functions.Deals;

public static class DealFunctions
{
    public static void MapDeals(this IEndpointRouteBuilder app)
    {
        var deals = app.MapGroup("/deals").WithTags("Deals");
        deals.MapGet("", ListDeals.Handle).Function("ListDeals", Permission.ReadDeals);
        deals.MapPost("", CreateDeal.Handle).Function("CreateDeal", Permission.WriteDeals);
        deals.MapGet("/{id:guid}", GetDeal.Handle).Function("GetDeal", Permission.ReadDeals);
        deals.MapPatch("/{id:guid}", UpdateDeal.Handle).Function("UpdateDeal", Permission.WriteDeals);
        deals.MapDelete("/{id:guid}", DeleteDeal.Handle).Function("DeleteDeal", Permission.WriteDeals);
        deals.MapPost("/{id:guid}/move", MoveDeal.Handle).Function("MoveDeal", Permission.WriteDeals);

        var pipelines = app.MapGroup("/pipelines").WithTags("Pipelines");
        pipelines.MapGet("", ListPipelines.Handle).Function("ListPipelines", Permission.ReadPipelines);
        pipelines.MapPost("", CreatePipeline.Handle).Function("CreatePipeline", Permission.EditPipelines);
        pipelines.MapGet("/{id:guid}", GetPipeline.Handle).Function("GetPipeline", Permission.ReadPipelines);
        pipelines.MapPatch("/{id:guid}", UpdatePipeline.Handle).Function("UpdatePipeline", Permission.EditPipelines);
        pipelines.MapDelete("/{id:guid}", DeletePipeline.Handle).Function("DeletePipeline", Permission.EditPipelines);
        // Not a new stage: the guide's route for drag and drop. Stages are edited with their pipeline.
        pipelines.MapPost("/{id:guid}/stages", MoveDeal.InPipeline).Function("MoveDealInPipeline", Permission.WriteDeals);
    }
}
