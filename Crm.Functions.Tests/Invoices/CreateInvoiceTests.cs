using System.Text.Json;
using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Invoices;

public sealed class CreateInvoiceTests(TestServices services)
{
    [Fact]
    public async Task A_new_invoice_is_a_draft_with_a_number_whose_totals_follow_from_its_lines()
    {
        var org = await services.App.NewOrganization("America/New_York");
        (await org.Owner.Patch("/settings/organization", """{"name":"Ac & Me Söhne"}""")).Expect(200);
        var product = (await org.Owner.Post("/products", new { name = "Desk", price = 489.00, taxRate = 8.875 })).Expect(201).Data.Id("id");
        var contact = await org.AddContact(org.Staff, "Ann Smith", "ann@customers.test");

        var invoice = (await org.Staff.Post("/invoices", new
        {
            contactId = contact,
            items = new object[]
            {
                new { productId = product, quantity = 4, discount = 10 }, new { name = "Delivery", price = 120, taxRate = 8.875 },
                new { description = "Card", rate = 0 },
            },
            issueDate = "2024-03-01",
            total = 1,
        })).Expect(201).Data;

        Assert.Equal("ACM-2024-0001", invoice.Text("number"));
        Assert.Equal(invoice.Text("number"), invoice.Text("invoiceNumber"));
        Assert.Equal(("draft", "unpaid", "USD", "Net 30"),
            (invoice.Text("status"), invoice.Text("paymentStatus"), invoice.Text("currency"), invoice.Text("paymentTerms")));
        Assert.Equal(("2024-03-01", "2024-03-31"), (invoice.Text("issueDate"), invoice.Text("dueDate")));
        Assert.Equal((2076.00m, 195.60m, 166.89m, 2047.29m),
            (invoice.Money("subtotal"), invoice.Money("discountTotal"), invoice.Money("taxTotal"), invoice.Money("total")));
        Assert.Equal((0m, 2047.29m), (invoice.Money("amountPaid"), invoice.Money("remainingAmount")));
        Assert.Equal(["Desk", "Delivery", "Card"], invoice.GetProperty("items").EnumerateArray().Select(item => item.Text("description")));
        Assert.Equal([1760.40m, 120.00m, 0.00m], invoice.GetProperty("items").EnumerateArray().Select(item => item.Money("amount")));
        Assert.True(invoice.IsNull("publicUrl"));
        Assert.Equal(["invoice_created"], await org.InvoiceEntries(contact));
        // What was answered is what is there.
        var read = await org.Staff.Invoice(invoice.Id("id"));
        Assert.True(JsonElement.DeepEquals(invoice, read), $"{invoice}\n{read}");
        Assert.Equal(1, (await org.Owner.Get($"/contacts/{contact}")).Expect(200).Data.GetProperty("counts").Number("invoices"));
    }

    [Theory]
    [InlineData("Net 14", null, "2024-03-15")]
    [InlineData("net 0", null, "2024-03-01")]
    [InlineData("Due on receipt", null, "2024-03-31")]
    [InlineData("Net 14", "2024-06-01", "2024-06-01")]
    public async Task It_is_due_as_it_says_or_as_its_payment_terms_say(string terms, string? due, string expected)
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, more: new { issueDate = "2024-03-01", paymentTerms = terms, dueDate = due });
        Assert.Equal(expected, (await org.Owner.Invoice(id)).Text("dueDate"));
    }

    [Theory]
    [InlineData("""{"items":[]}""", "items")]
    [InlineData("""{"items":[{"unitPrice":1}]}""", "items[0].description")]
    [InlineData("""{"items":[{"description":"x"}]}""", "items[0].unitPrice")]
    [InlineData("""{"items":[{"description":"x","unitPrice":1,"quantity":0}]}""", "items[0].quantity")]
    [InlineData("""{"items":[{"description":"x","unitPrice":1,"quantity":1.00001}]}""", "items[0].quantity")]
    [InlineData("""{"items":[{"description":"x","unitPrice":1.001}]}""", "items[0].unitPrice")]
    [InlineData("""{"items":[{"description":"x","unitPrice":-1}]}""", "items[0].unitPrice")]
    [InlineData("""{"items":[{"description":"x","unitPrice":1,"taxRate":101}]}""", "items[0].taxRate")]
    [InlineData("""{"items":[{"description":"x","unitPrice":1,"discount":-1}]}""", "items[0].discount")]
    [InlineData("""{"items":[{"description":"x","unitPrice":999999999999.99},{"description":"x","unitPrice":1}]}""", "items")]
    [InlineData("""{"items":[{"description":"x","unitPrice":1}],"issueDate":"2024-03-02","dueDate":"2024-03-01"}""", "dueDate")]
    [InlineData("""{"items":[{"description":"x","unitPrice":1}],"issueDate":"9000-01-01"}""", "issueDate")]
    [InlineData("""{"items":[{"description":"x","unitPrice":1}],"currency":"XXX"}""", "currency")]
    [InlineData("""{}""", "items")]
    public async Task What_cannot_be_is_refused_and_takes_no_number(string body, string field)
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Owner);
        var request = System.Text.Json.Nodes.JsonNode.Parse(body)!.AsObject();
        request["contactId"] = contact;

        var reply = (await org.Owner.Post("/invoices", request.ToJsonString())).Expect(400, "VALIDATION_ERROR");

        Assert.Equal([field], reply.Fields);
        Assert.EndsWith("-0001", (await org.Owner.Invoice(await Billing.AddInvoice(org.Owner, contact))).Text("number"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Contacts_and_products_must_be_there_and_be_the_callers_to_use()
    {
        var org = await services.App.NewOrganization();
        var items = new[] { new { description = "Desk", unitPrice = 1 } };
        (await org.Staff.Post("/invoices", new { contactId = await org.AddContact(org.Manager), items })).Expect(403, "FORBIDDEN");
        (await org.Staff.Post("/invoices", new { contactId = Guid.NewGuid(), items })).Expect(404, "CONTACT_NOT_FOUND");
        var contact = await org.AddContact(org.Staff);
        (await org.Staff.Post("/invoices", new { contactId = contact, items = new[] { new { productId = Guid.NewGuid() } } })).Expect(404, "PRODUCT_NOT_FOUND");
        (await org.Staff.Delete($"/contacts/{contact}")).Expect(200);
        (await org.Staff.Post("/invoices", new { contactId = contact, items })).Expect(400, "CONTACT_INACTIVE");
        var euro = (await org.Owner.Post("/products", new { name = "Chair", price = 5, currency = "EUR" })).Expect(201).Data.Id("id");
        var other = await org.AddContact(org.Staff);
        (await org.Staff.Post("/invoices", new { contactId = other, items = new[] { new { productId = euro } } })).Expect(400, "VALIDATION_ERROR");
        var reply = await org.Staff.Post("/invoices", new { contactId = other, currency = "eur", items = new[] { new { productId = euro } } });
        var invoice = reply.Expect(201).Data;
        Assert.Equal(("EUR", 5m), (invoice.Text("currency"), invoice.Money("total")));
    }

    [Fact]
    public async Task A_line_keeps_its_product_as_it_was_sold()
    {
        var org = await services.App.NewOrganization();
        var product = (await org.Owner.Post("/products", new { name = "Desk", price = 10 })).Expect(201).Data.Id("id");
        var id = await Billing.AddInvoice(org, org.Owner, more: new { items = new[] { new { productId = product } } });
        (await org.Owner.Patch($"/products/{product}", new { name = "Table", price = 20 })).Expect(200);
        (await org.Owner.Delete($"/products/{product}")).Expect(200);

        var item = (await org.Owner.Invoice(id)).GetProperty("items")[0];
        Assert.Equal(("Desk", 10m), (item.Text("description"), item.Money("unitPrice")));
        // The invoice may name it again, a new one may not.
        (await org.Owner.Patch($"/invoices/{id}", new { items = new[] { new { productId = product, quantity = 2 } } })).Expect(200);
        (await org.Owner.Post("/invoices", new { contactId = await org.ContactOf(id), items = new[] { new { productId = product } } })).Expect(404);
    }

    [Fact]
    public async Task Two_hundred_at_once_get_two_hundred_numbers_without_a_gap()
    {
        var org = await services.App.NewOrganization();
        (await org.Owner.Patch("/settings/organization", """{"settings":{"invoicePrefix":"xy7"}}""")).Expect(200);
        var contact = await org.AddContact(org.Owner);
        var items = new[] { new { description = "Desk", unitPrice = 1 } };

        var replies = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(
            () => org.Owner.Post("/invoices", new { contactId = contact, items, issueDate = "2025-05-05" }))));

        Assert.All(replies, reply => reply.Expect(201));
        Assert.Equal(
            Enumerable.Range(1, 200).Select(number => FormattableString.Invariant($"XY7-2025-{number:0000}")),
            replies.Select(reply => reply.Data.Text("number")).Order(StringComparer.Ordinal));
        var check = (await org.Owner.Get("/invoices/integrity")).Expect(200).Data;
        Assert.True(check.GetProperty("isSound").GetBoolean(), check.ToString());
    }

    [Fact]
    public async Task Each_year_counts_from_one_and_a_deleted_invoices_number_is_not_given_again()
    {
        var org = await services.App.NewOrganization();
        (await org.Owner.Patch("/settings/organization", """{"settings":{"invoicePrefix":"ABC"}}""")).Expect(200);
        async Task<(Guid Id, string Number)> Add(string issued)
        {
            var id = await Billing.AddInvoice(org, org.Owner, more: new { issueDate = issued });
            return (id, (await org.Owner.Invoice(id)).Text("number"));
        }

        var first = await Add("2024-12-31");
        Assert.Equal("ABC-2024-0001", first.Number);
        Assert.Equal("ABC-2025-0001", (await Add("2025-01-01")).Number);
        (await org.Owner.Delete($"/invoices/{first.Id}")).Expect(200);
        Assert.Equal("ABC-2024-0002", (await Add("2024-06-01")).Number);
        (await org.Owner.Get($"/invoices/{first.Id}")).Expect(404, "INVOICE_NOT_FOUND");
        (await org.Owner.Delete($"/invoices/{first.Id}")).Expect(404, "INVOICE_NOT_FOUND");
        var check = (await org.Owner.Get("/invoices/integrity")).Expect(200).Data;
        Assert.True(check.GetProperty("isSound").GetBoolean(), check.ToString());
    }

    [Theory]
    [InlineData("\"AB-C\"")]
    [InlineData("\"\"")]
    [InlineData("\"ABCDEFGHIJK\"")]
    [InlineData("7")]
    public async Task A_prefix_is_of_letters_and_digits(string prefix)
    {
        var org = await services.App.NewOrganization();
        var reply = await org.Owner.Patch("/settings/organization", $$$"""{"settings":{"invoicePrefix":{{{prefix}}}}}""");
        Assert.Equal(["settings.invoicePrefix"], reply.Expect(400, "VALIDATION_ERROR").Fields);
    }
}
