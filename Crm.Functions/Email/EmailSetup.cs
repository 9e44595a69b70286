using Crm.Shared.Integrations.SendGrid;

namespace Crm.Functions.Email;

public static class EmailSetup
{
    public static void AddEmail(this FunctionsApplicationBuilder builder)
    {
        builder.Services.Configure<SendGridOptions>(builder.Configuration.GetSection(SendGridOptions.Section));
        builder.Services.AddSingleton<SendGridMail>();
    }
}
