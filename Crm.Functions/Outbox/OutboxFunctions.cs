using Crm.Functions.Hosting;

namespace Crm.Functions.Outbox;

public static class OutboxFunctions
{
    public static void MapOutbox(this IEndpointRouteBuilder app)
    {
        app.MapPost("/SweepOutbox", SweepOutbox.Handle).TimerTrigger(Schedules.EveryMinute);
        app.MapPost("/CleanUp", CleanUp.Handle).TimerTrigger(Schedules.EveryNight);
    }
}
