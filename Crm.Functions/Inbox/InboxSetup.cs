using Crm.Shared.Integrations.Twilio;

namespace Crm.Functions.Inbox;

public static class InboxSetup
{
    public static void AddInbox(this FunctionsApplicationBuilder builder)
    {
        builder.Services.Configure<TwilioOptions>(builder.Configuration.GetSection(TwilioOptions.Section));
        builder.Services.AddSingleton<OutgoingMessage>();
    }
}
