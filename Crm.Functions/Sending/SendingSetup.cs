using Crm.Shared.Integrations.Twilio;

namespace Crm.Functions.Sending;

public static class SendingSetup
{
    public static void AddSending(this FunctionsApplicationBuilder builder)
    {
        builder.Services.Configure<TwilioOptions>(builder.Configuration.GetSection(TwilioOptions.Section));
        builder.Services.AddSingleton<TwilioSms>();
        builder.Services.AddSingleton<MailFiles>();
        builder.Services.AddSingleton<VendorClients>();
        builder.Services.AddSingleton<Channels>();
    }
}
