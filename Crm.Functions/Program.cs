using Crm.Functions;
using Crm.Functions.Admin;
using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Functions.Dashboard;
using Crm.Functions.Deals;
using Crm.Functions.Email;
using Crm.Functions.Health;
using Crm.Functions.Hosting;
using Crm.Functions.Outbox;
using Crm.Functions.Products;
using Crm.Functions.Settings;
using Crm.Functions.Tasks;

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
        public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? change = null)
        {
            var builder = WebApplication.CreateSlimBuilder(args);
            builder.AddHosting();
            builder.AddDatabase();
            builder.AddAuth();
            builder.AddEmail();
            builder.Services.AddApiDocs();
            change?.Invoke(builder);

            var app = builder.Build();
            app.UseHosting();
            app.MapAuth();
            app.MapContacts();
            app.MapProducts();
            app.MapSettings();
            app.MapTasks();
            app.MapDashboard();
            app.MapDeals();
            app.MapEmail();
            app.MapOutbox();
            app.MapHealth();
            app.MapApiDocs();
            return app;
        }
    }
}
