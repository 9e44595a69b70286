using Crm.Functions.Auth;
using Crm.Functions.Hosting;

namespace Crm.Functions.Tasks;

public static class TaskFunctions
{
    public static void MapTasks(this IEndpointRouteBuilder app)
    {
        var tasks = app.MapGroup("/tasks").WithTags("Tasks");
        tasks.MapGet("", ListTasks.Handle).Function("ListTasks", Permission.ReadTasks);
        tasks.MapPost("", CreateTask.Handle).Function("CreateTask", Permission.WriteTasks);
        tasks.MapGet("/reminders", ListReminders.Handle).Function("ListTaskReminders", Permission.ReadTasks);
        tasks.MapGet("/{id:guid}", GetTask.Handle).Function("GetTask", Permission.ReadTasks);
        tasks.MapPatch("/{id:guid}", UpdateTask.Handle).Function("UpdateTask", Permission.WriteTasks);
        tasks.MapDelete("/{id:guid}", DeleteTask.Handle).Function("DeleteTask", Permission.WriteTasks);
        tasks.MapPost("/{id:guid}/complete", CompleteTask.Handle).Function("CompleteTask", Permission.WriteTasks);
        tasks.MapPost("/{id:guid}/reopen", ReopenTask.Handle).Function("ReopenTask", Permission.WriteTasks);

        // The guide describes reminders without their path: they answer under both.
        app.MapGet("/reminders", ListReminders.Handle).WithTags("Tasks").Function("ListReminders", Permission.ReadTasks);

        app.MapPost("/RemindAssignees", RemindAssignees.Handle).TimerTrigger(Schedules.EveryFiveMinutes);
        app.MapPost("/SendTaskReminders", SendTaskReminders.Handle).TimerTrigger(Schedules.EveryQuarterHour);
    }
}
