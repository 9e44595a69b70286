using Crm.Functions.Hosting;
using Crm.Shared.Integrations.SendGrid;

namespace Crm.Functions.Email;

public static class EmailFunctions
{
    public static void AddEmail(this WebApplicationBuilder builder)
    {
        builder.Services.Configure<SendGridOptions>(builder.Configuration.GetSection(SendGridOptions.Section));
        builder.Services.AddSingleton<SendGridMail>();
    }

    public static void MapEmail(this IEndpointRouteBuilder app)
    {
        app.MapPost("/SendEmail", SendEmail.Handle).QueueTrigger(Queues.SendEmail);
        app.MapPost("/SweepEmails", SweepEmails.Handle).TimerTrigger(Schedules.EveryMinute);
    }
}
