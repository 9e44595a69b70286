using Crm.Shared.Integrations.SendGrid;

namespace Crm.Functions.Email;

public static class EmailSetup
{
    public static void AddEmail(this FunctionsApplicationBuilder builder)
    {
        builder.Services.AddOptions<SendGridOptions>()
            .Bind(builder.Configuration.GetSection(SendGridOptions.Section))
            .Validate(
                options => options.WebhookPublicKey.Length == 0 || EventSignature.IsKey(options.WebhookPublicKey),
                "SendGrid__WebhookPublicKey is no public key: copy the one that SendGrid shows for the signed event webhook, or leave it empty.")
            .ValidateOnStart();
        builder.Services.AddSingleton<SendGridMail>();
    }
}
