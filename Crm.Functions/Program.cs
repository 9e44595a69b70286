using Crm.Functions;
using Crm.Functions.Admin;
using Crm.Functions.Auth;
using Crm.Functions.Email;
using Crm.Functions.Exports;
using Crm.Functions.Files;
using Crm.Functions.Hosting;
using Crm.Functions.Inbox;
using Crm.Functions.Invoices;
using Crm.Functions.OpenApi;
using Crm.Functions.Sending;
using Crm.Functions.WebhookEndpoints;
using Crm.Functions.Webhooks;

if (AdminCommands.Given(args))
    return await AdminCommands.Run(args);

await CrmApp.Build(args).RunAsync();
return 0;

namespace Crm.Functions
{
    /// <summary>The function app.</summary>
    public static class CrmApp
    {
        /// <summary>Builds it from its settings; <paramref name="change"/> replaces services (the tests' clock).</summary>
        public static IHost Build(string[] args, Action<FunctionsApplicationBuilder>? change = null)
        {
            var builder = FunctionsApplication.CreateBuilder(args);
            builder.AddHosting();
            builder.AddDatabase();
            builder.AddAuth();
            builder.AddEmail();
            builder.AddFiles();
            builder.AddSending();
            builder.AddInbox();
            builder.AddInvoices();
            builder.AddWebhookEndpoints();
            builder.Services.AddSingleton<AttachedFiles>();
            builder.Services.AddSingleton(builder.Configuration.GetSection(ExportLimits.Section).Get<ExportLimits>() ?? new());
            builder.Services.AddApiDocs();
            change?.Invoke(builder);
            return builder.Build();
        }
    }
}
