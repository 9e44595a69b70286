using Crm.Functions.Tokens;
using Crm.Shared.Integrations.Webhooks;

namespace Crm.Functions.WebhookEndpoints;

public static class WebhookSetup
{
    public static void AddWebhookEndpoints(this FunctionsApplicationBuilder builder)
    {
        builder.Services.Configure<WebhookOptions>(builder.Configuration.GetSection(WebhookOptions.Section));
        builder.Services.AddSingleton<WebhookClient>();
        builder.Services.AddSingleton<SealedSecrets>();
    }
}
