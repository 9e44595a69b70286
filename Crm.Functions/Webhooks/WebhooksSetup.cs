using Crm.Shared.Integrations.Twilio;

namespace Crm.Functions.Webhooks;

public static class WebhooksSetup
{
    public static void AddWebhooks(this FunctionsApplicationBuilder builder) =>
        builder.Services.Configure<TwilioOptions>(builder.Configuration.GetSection(TwilioOptions.Section));
}
