using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Invoices.Online;

public sealed class PayPublicInvoiceTests(TestServices services)
{
    private const string Policy = "Content-Security-Policy";

    [Fact]
    public async Task A_customer_pays_from_the_page_without_signing_in()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 150, isSent: true);
        var path = await Path(org, id);

        var page = (await org.App.Anonymous.Get(path)).Expect(200);
        Assert.Contains("Pay 150.00 USD", page.Body, StringComparison.Ordinal);
        var stripe = org.App.Providers.BaseUrl.GetLeftPart(UriPartial.Authority);
        Assert.Contains($"{stripe}/stripe/stripe.js", page.Body, StringComparison.Ordinal);
        var nonce = page.Body.Split("nonce=\"")[1].Split('"')[0];
        Assert.Contains($"script-src 'nonce-{nonce}' {stripe};", page.Headers[Policy], StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", page.Headers[Policy], StringComparison.Ordinal);

        var begun = (await org.App.Anonymous.Post($"{path}/pay")).Expect(200);
        Assert.Equal((150m, "pk_test_local"), (begun.Data.Money("amount"), begun.Data.Text("publishableKey")));
        Assert.Equal("no-store", begun.Headers["Cache-Control"]);
        var intent = begun.Data.Text("paymentIntentId");
        Assert.Equal(intent, (await org.App.Anonymous.Post($"{path}/pay")).Expect(200).Data.Text("paymentIntentId"));
        (await org.App.Anonymous.Post($"{path}/pay", new { amount = 150.01 })).Expect(400, "AMOUNT_EXCEEDS_BALANCE");

        // Back from paying the page asks once more, and what no webhook has told is entered.
        await org.App.Pay(intent, webhook: "never");
        (await org.App.Anonymous.Post($"{path}/pay")).Expect(409, "INVOICE_PAID");
        Assert.Equal("paid paid 150.00 0.00", await org.Owner.Standing(id));
        var paid = (await org.App.Anonymous.Get(path)).Expect(200);
        Assert.DoesNotContain("<script", paid.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("script-src", paid.Headers[Policy], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_on_its_way_is_shown_and_not_asked_for_again()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 150, isSent: true);
        var path = await Path(org, id);
        await org.App.Pay((await org.App.Anonymous.Post($"{path}/pay")).Expect(200).Data.Text("paymentIntentId"), "processing", webhook: "never");
        (await org.App.Anonymous.Post($"{path}/pay")).Expect(400, "AMOUNT_EXCEEDS_BALANCE");
        var page = (await org.App.Anonymous.Get(path)).Expect(200).Body;
        Assert.Contains("A payment of 150.00 USD is on its way.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_no_link_pays_nothing()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 150, isSent: true);
        var path = await Path(org, id);
        (await org.App.Anonymous.Post($"/public/invoices/{new string('a', 43)}/pay")).Expect(404, "INVOICE_NOT_FOUND");
        (await org.Owner.Patch($"/invoices/{id}", new { status = "draft" })).Expect(200);
        (await org.App.Anonymous.Post($"{path}/pay")).Expect(410, "INVOICE_WITHDRAWN");
    }

    private static async Task<string> Path(TestOrganization org, Guid invoice) => new Uri((await org.Owner.Invoice(invoice)).Text("publicUrl")).AbsolutePath;
}
