using System.Text.Json;
using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Invoices;

public sealed class SendInvoiceTests(TestServices services)
{
    private const string MessageSql = """
        select m.type || '|' || coalesce(m.subject, '') || '|' || m.to_address || '|' || d.status || '|' || c.status || '|' || m.content
        from messages m
        join deliveries d on d.organization_id = m.organization_id and d.id = m.id
        join conversations c on c.organization_id = m.organization_id and c.id = m.conversation_id
        where m.organization_id = $1 and m.direction = 'outbound'
        order by m.created_at desc, m.id desc
        limit 1
        """;

    [Fact]
    public async Task An_invoice_goes_out_by_the_default_template_and_is_sent_from_then_on()
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Staff, "Ann Smith", $"ann-{Guid.NewGuid():N}@customers.test");
        var id = await Billing.AddInvoice(org.Staff, contact, 1500, more: new { issueDate = "2026-01-05" });

        var sent = (await org.Staff.Post($"/invoices/{id}/send", new { customMessage = "Thank you, & see you!" })).Expect(200).Data;

        var delivery = sent.GetProperty("deliveries")[0];
        Assert.Equal(("email", "pending"), (delivery.Text("channel"), delivery.Text("status")));
        Assert.StartsWith("ann-", delivery.Text("to"), StringComparison.Ordinal);
        var invoice = sent.GetProperty("invoice");
        Assert.False(invoice.IsNull("sentAt"));
        Assert.Contains(invoice.Text("status"), new[] { "sent", "overdue" });
        var message = await org.App.Scalar<string>(MessageSql, org.Id);
        Assert.StartsWith($"email|Invoice {invoice.Text("number")} from org-", message, StringComparison.Ordinal);
        Assert.Contains("|closed|Hello Ann", message, StringComparison.Ordinal);
        Assert.Contains("for 1,500.00 USD", message, StringComparison.Ordinal);
        Assert.Contains("of January 5, 2026", message, StringComparison.Ordinal);
        Assert.Contains("Thank you, & see you!", message, StringComparison.Ordinal);
        Assert.Contains($"Pay online: {invoice.Text("publicUrl")}", message, StringComparison.Ordinal);
        Assert.Equal(
            "Thank you, &amp; see you!",
            await org.App.Scalar<string>("select substring(html_content from 'Thank you, [^<]*') from messages where organization_id = $1", org.Id));
        Assert.Equal(delivery.Id("id"), await org.App.Scalar<Guid>("select id from deliveries where organization_id = $1", org.Id));
        Assert.Equal(["invoice_created", "invoice_sent"], (await org.InvoiceEntries(contact)).Take(2));
        var mail = (await org.App.Mails(delivery.Text("to")))[0];
        Assert.Equal($"Invoice {invoice.Text("number")} from org-{org.Id:N}", mail.Subject);
        Assert.Contains(invoice.Text("publicUrl"), mail.Text, StringComparison.Ordinal);
        // Once more: another message of the same conversation.
        (await org.Staff.Post($"/invoices/{id}/send")).Expect(200);
        Assert.Equal(2L, await org.App.Scalar<long>("select count(*) from messages where organization_id = $1", org.Id));
        Assert.Equal(1L, await org.App.Scalar<long>("select count(*) from conversations where organization_id = $1", org.Id));
    }

    [Fact]
    public async Task Texts_of_its_own_take_the_variables_and_get_what_they_do_not_name()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Staff, 12.5m);
        var link = (await org.Staff.Post($"/invoices/{id}/send", new
        {
            customMessage = "See you",
            template = new { subject = "{{invoiceNumber}}: {{amountDue}} {{currency}}", html = "<p>Due {{dueDateFormatted}}<script>x()</script></p>" },
        })).Expect(200).Data.GetProperty("invoice").Text("publicUrl");

        var message = await org.App.Scalar<string>(MessageSql, org.Id);
        Assert.Matches(@"^email\|[A-Z0-9]+-\d{4}-0001: 12\.50 USD\|", message);
        Assert.Contains("|Due ", message, StringComparison.Ordinal);
        Assert.EndsWith($"See you\n\n{link}\n", message, StringComparison.Ordinal);
        var html = await org.App.Scalar<string>("select html_content from messages where organization_id = $1", org.Id);
        Assert.DoesNotContain("script", html, StringComparison.Ordinal);
        Assert.Contains($"<a href=\"{link}\">", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_sends_nothing_and_leaves_a_draft()
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Owner);
        var id = await Billing.AddInvoice(org.Owner, contact);
        (await org.Owner.Post($"/invoices/{id}/send")).Expect(400, "CONTACT_NO_EMAIL");
        (await org.Owner.Post($"/invoices/{id}/send", new { channels = new[] { "sms" } })).Expect(400, "CONTACT_NO_PHONE");
        Assert.Equal(["channels"], (await org.Owner.Post($"/invoices/{id}/send", new { channels = new[] { "pigeon" } })).Expect(400).Fields);
        (await org.Owner.Patch($"/contacts/{contact}", new { email = "Bad@customers.test" })).Expect(200);
        var unknown = await org.Owner.Post($"/invoices/{id}/send", new { template = new { body = "Hello {{nobody}}" } });
        Assert.Equal(["template.body"], unknown.Expect(400, "UNKNOWN_VARIABLES").Fields);
        (await org.Owner.Post($"/invoices/{id}/send", new { template = new { body = "{% if %}" } })).Expect(400, "INVALID_TEMPLATE_SYNTAX");
        await Suppress(org, "unsubscribed");
        await Suppress(org, "bounced");
        (await org.Owner.Post($"/invoices/{id}/send")).Expect(409, "ADDRESS_SUPPRESSED");

        Assert.Equal("draft unpaid 0.00 100.00", await org.Owner.Standing(id));
        Assert.Equal(0L, await org.App.Scalar<long>("select count(*) from messages where organization_id = $1", org.Id));
        // Who only wants no marketing gets it.
        await Suppress(org, "unsubscribed");
        (await org.Owner.Post($"/invoices/{id}/send")).Expect(200);
        (await org.Owner.Post($"/invoices/{id}/cancel")).Expect(200);
        (await org.Owner.Post($"/invoices/{id}/send")).Expect(409, "INVOICE_CANCELLED");
    }

    [Fact]
    public async Task Without_a_mail_provider_nothing_is_sent()
    {
        await using var app = await services.StartApp(settings => settings["SendGrid:ApiKey"] = "");
        var org = await app.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner);
        (await org.Owner.Post($"/invoices/{id}/send")).Expect(503, "PROVIDER_NOT_CONFIGURED");
        Assert.Equal("draft unpaid 0.00 100.00", await org.Owner.Standing(id));
    }

    private static Task Suppress(TestOrganization org, string reason) => org.App.Sql(
        """
        insert into suppressions (organization_id, id, channel, address, reason, created_at)
        values ($1, gen_random_uuid(), 'email', 'bad@customers.test', $2, $3)
        on conflict (organization_id, channel, address) do update set reason = excluded.reason
        """,
        org.Id, reason, org.App.Clock.GetUtcNow());

    [Fact]
    public async Task The_conversation_that_a_letter_begins_is_the_contacts_owners_and_its_answers_find_it()
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Staff, "Ann Smith", $"ann-{Guid.NewGuid():N}@customers.test");
        var id = await Billing.AddInvoice(org.Owner, contact, 1500);

        (await org.Owner.Post($"/invoices/{id}/send", new { })).Expect(200);

        Assert.Equal(contact, Assert.Single(await Closed(org.Staff)).GetProperty("contact").GetProperty("id").GetGuid());
        Assert.Empty(await Closed(org.OtherStaff));
        Assert.Matches("^[a-z0-9]{24}$", await org.App.Scalar<string>("select reply_token from conversations where organization_id = $1", org.Id));

        async Task<IEnumerable<JsonElement>> Closed(TestUser user) =>
            (await user.Get("/inbox/conversations?status=closed")).Expect(200).Data.GetProperty("conversations").EnumerateArray();
    }
}
