using System.Text.Json;
using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Invoices;

/// <summary>What tests do with invoices.</summary>
internal static class Billing
{
    /// <summary>An invoice of one line; returns its id.</summary>
    public static async Task<Guid> AddInvoice(TestUser user, Guid contact, decimal amount = 100, bool isSent = false, object? more = null)
    {
        var body = JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        body["contactId"] = contact;
        body["items"] ??= JsonSerializer.SerializeToNode(new[] { new { description = "Desk", unitPrice = amount } });
        var id = (await user.Post("/invoices", body.ToJsonString())).Expect(201).Data.Id("id");
        if (isSent)
            (await user.Patch($"/invoices/{id}", new { status = "sent" })).Expect(200);
        return id;
    }

    /// <summary>An invoice for a contact of its own.</summary>
    public static async Task<Guid> AddInvoice(TestOrganization org, TestUser user, decimal amount = 100, bool isSent = false, object? more = null) =>
        await AddInvoice(user, await org.AddContact(user, email: $"{Guid.NewGuid():N}@customers.test"), amount, isSent, more);

    /// <summary>A payment; returns its id.</summary>
    public static async Task<Guid> AddPayment(TestUser user, Guid invoice, decimal amount) =>
        (await user.Post($"/invoices/{invoice}/payments", new { amount, paymentMethod = "cash" })).Expect(201).Data.GetProperty("payment").Id("id");

    public static async Task<JsonElement> Invoice(this TestUser user, Guid id) => (await user.Get($"/invoices/{id}")).Expect(200).Data;

    /// <summary>How it stands: its state and what is paid and left.</summary>
    public static async Task<string> Standing(this TestUser user, Guid id)
    {
        var invoice = await user.Invoice(id);
        return FormattableString.Invariant(
            $"{invoice.Text("status")} {invoice.Text("paymentStatus")} {invoice.Money("amountPaid")} {invoice.Money("remainingAmount")}");
    }

    /// <summary>What the contact's timeline says of invoices and payments, the oldest first.</summary>
    public static async Task<string[]> InvoiceEntries(this TestOrganization org, Guid contact)
    {
        var timeline = (await org.Owner.Get($"/contacts/{contact}/timeline?type=invoice,payment&pageSize=100")).Expect(200).Data.GetProperty("timeline");
        return [.. timeline.EnumerateArray().Reverse().Select(entry => entry.Text("action"))];
    }

    public static Task<Guid> ContactOf(this TestOrganization org, Guid invoice) =>
        org.App.Scalar<Guid>("select contact_id from invoices where organization_id = $1 and id = $2", org.Id, invoice);
}
