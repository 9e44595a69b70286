using Crm.Functions.Invoices.Online;
using Crm.Functions.Invoices.Pdf;
using Crm.Shared.Integrations.Stripe;

namespace Crm.Functions.Invoices;

public static class InvoicesSetup
{
    public static void AddInvoices(this FunctionsApplicationBuilder builder)
    {
        builder.Services.AddOptions<StripeOptions>()
            .Bind(builder.Configuration.GetSection(StripeOptions.Section))
            .Validate(
                options => IsAddress(options.BaseUrl) && IsAddress(options.ScriptUrl),
                "Stripe__BaseUrl and Stripe__ScriptUrl must be addresses: leave them out for Stripe's own.")
            .ValidateOnStart();
        builder.Services.AddSingleton<StripePayments>();
        builder.Services.AddSingleton<InvoiceLinks>();
        builder.Services.AddSingleton<Receipts>();
        builder.Services.AddSingleton<Logo>();
    }

    private static bool IsAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "https" or "http";
}
