using Crm.Shared.Integrations.SendGrid;
using Crm.Shared.Integrations.Twilio;

namespace Crm.Functions.Email;

public static class EmailSetup
{
    public static void AddEmail(this FunctionsApplicationBuilder builder)
    {
        builder.Services.Configure<SendGridOptions>(builder.Configuration.GetSection(SendGridOptions.Section));
        builder.Services.Configure<TwilioOptions>(builder.Configuration.GetSection(TwilioOptions.Section));
        builder.Services.AddSingleton<SendGridMail>();
        builder.Services.AddSingleton<Sending.Channels>();
    }
}
