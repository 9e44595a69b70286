using System.Text;
using System.Text.RegularExpressions;
using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Invoices;

public sealed class PublicInvoiceTests(TestServices services)
{
    [Fact]
    public async Task The_customer_sees_the_invoice_without_signing_in_once_it_is_sent()
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Owner, "Ann <b>Smith</b>", "ann@customers.test");
        var id = await Billing.AddInvoice(org.Owner, contact, 1500, more: new { notes = "Thanks <script>alert(1)</script>", dueDate = "2999-01-01" });
        var draft = Path(org, id, await org.App.Scalar<byte[]>("select token_hash from invoices where organization_id = $1 and id = $2", org.Id, id));
        (await services.App.Anonymous.Get(draft)).Expect(410, "INVOICE_WITHDRAWN");
        (await org.Owner.Patch($"/invoices/{id}", new { status = "sent" })).Expect(200);
        var invoice = await org.Owner.Invoice(id);
        var path = new Uri(invoice.Text("publicUrl")).AbsolutePath;
        Assert.Equal(draft, path);

        var page = (await services.App.Anonymous.Get(path)).Expect(200);

        Assert.Contains(invoice.Text("number"), page.Body, StringComparison.Ordinal);
        Assert.Contains("1,500.00 <small>USD</small>", page.Body, StringComparison.Ordinal);
        Assert.Contains("Due on January 1, 2999", page.Body, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>Smith", page.Body, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Equal(("no-store", "no-referrer"), (page.Headers["Cache-Control"], page.Headers["Referrer-Policy"]));
        var pdf = (await services.App.Anonymous.Get($"{path}/pdf")).Expect(200);
        Assert.StartsWith("%PDF-", pdf.Body, StringComparison.Ordinal);
        Assert.Equal("application/pdf", pdf.Headers["Content-Type"]);
        Assert.Contains($"{invoice.Text("number")}.pdf", pdf.Headers["Content-Disposition"], StringComparison.Ordinal);

        await Billing.AddPayment(org.Owner, id, 1500);
        Assert.Contains("Paid. Thank you!", (await services.App.Anonymous.Get(path)).Expect(200).Body, StringComparison.Ordinal);
        // Other tokens, of the right and of a wrong form, lead nowhere.
        (await services.App.Anonymous.Get(path[..^2] + (path[^2] == 'A' ? 'B' : 'A') + (path[^1] == 'A' ? 'B' : 'A'))).Expect(404, "INVOICE_NOT_FOUND");
        (await services.App.Anonymous.Get("/public/invoices/x")).Expect(404, "INVOICE_NOT_FOUND");
        (await services.App.Anonymous.Get("/public/invoices/x/pdf")).Expect(404, "INVOICE_NOT_FOUND");
    }

    [Fact]
    public async Task A_deleted_invoice_is_gone_and_a_cancelled_one_says_so()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, isSent: true);
        var path = new Uri((await org.Owner.Invoice(id)).Text("publicUrl")).AbsolutePath;
        (await org.Owner.Post($"/invoices/{id}/cancel")).Expect(200);
        Assert.Contains("This invoice was cancelled", (await services.App.Anonymous.Get(path)).Expect(200).Body, StringComparison.Ordinal);
        (await org.Owner.Delete($"/invoices/{id}")).Expect(200);
        (await services.App.Anonymous.Get(path)).Expect(410, "INVOICE_WITHDRAWN");
        using var browser = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/html,*/*" } } };
        using var page = await services.App.Http.SendAsync(browser, TestContext.Current.CancellationToken);
        Assert.Equal(("text/html", 410), (page.Content.Headers.ContentType?.MediaType, (int)page.StatusCode));
    }

    [Theory]
    [InlineData("Ann Smith", "Desk")]
    [InlineData("Ελένη Παπαδοπούλου", "Γραφείο με συρτάρια")]
    [InlineData("李小龙 محمد 😀", "日本語の机 \u0001\ud83d\ude00 e\u0301")]
    [InlineData("W", "A-word-that-is-far-too-long-for-the-column-it-stands-in-and-has-no-place-to-be-broken-at-whatever-one-tries-with-it")]
    public async Task Paper_takes_any_letters_and_any_number_of_lines(string name, string description)
    {
        var org = await services.App.NewOrganization();
        var items = Enumerable.Range(1, 120).Select(
            number => new { description = $"{description} {number}", quantity = 1.5, unitPrice = 1234.56, taxRate = 8.875, discount = 5 });
        var id = await Billing.AddInvoice(
            org.Owner, await org.AddContact(org.Owner, name), more: new { items, notes = string.Join('\n', Enumerable.Repeat(description, 30)), terms = "x" });

        var pdf = (await org.Owner.Get($"/invoices/{id}/pdf")).Expect(200);

        Assert.StartsWith("%PDF-", pdf.Body, StringComparison.Ordinal);
        var pages = Regex.Count(pdf.Body, @"/Type\s*/Page\b", RegexOptions.None, TimeSpan.FromSeconds(5));
        Assert.InRange(pages, 3, 20);
        Assert.InRange(Encoding.UTF8.GetByteCount(pdf.Body), 5_000, 400_000);
    }

    private static string Path(TestOrganization org, Guid id, byte[] hash) =>
        new Uri(org.App.Services.GetRequiredService<Crm.Functions.Invoices.InvoiceLinks>().Of(id, hash)).AbsolutePath;
}
