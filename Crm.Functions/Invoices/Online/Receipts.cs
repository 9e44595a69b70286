using Crm.Functions.Sending;
using Crm.Shared.Database;
using Crm.Shared.Integrations.SendGrid;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Invoices.Online;

/// <summary>
/// The letter that a customer gets who paid online: the organisation's template that bears the tag <c>receipt</c>. It is part of the payment's transaction, so
/// there is one for each payment, and goes the way of the invoice's own letter.
/// </summary>
public sealed class Receipts(InvoiceLinks links, IOptions<SendGridOptions> mail)
{
    // A copy that the organisation has changed goes before the one it started with.
    private const string TemplateSql = """
        select subject, content, html_content
        from templates
        where organization_id = @OrganizationId
          and type = 'email'
          and is_active
          and tags @> '{receipt}'
        order by is_system, updated_at desc, id
        limit 1
        """;

    private static readonly LetterSource Own = new(
        "We received your payment for invoice {{ invoice_number }}",
        "Hello {{ first_name | default: \"there\" }},\n\nwe received {{ amount_paid }} {{ currency }} for invoice {{ invoice_number }}.\n\n"
            + "Thank you,\n{{ company_name }}",
        null);

    /// <param name="tx">The transaction of the payment.</param>
    /// <param name="invoice">The invoice after it.</param>
    /// <param name="amount">What was paid now: <c>amount_paid</c> in this letter.</param>
    internal async Task Write(DbTransaction tx, InvoiceRow invoice, decimal amount)
    {
        if (!mail.Value.IsConfigured)
            return;
        var paper = await InvoicePaper.Find(tx, invoice.ContactId);
        if (string.IsNullOrWhiteSpace(paper.Email) || paper.IsDeleted || Consent.HardReasons.Contains(paper.EmailSuppressed))
            return;
        var link = links.Of(invoice.Id, invoice.TokenHash);
        var values = InvoiceTexts.Values(invoice, paper, null, null, link, tx.Now, amount);
        var source = await tx.Find<LetterSource>(TemplateSql, null) ?? Own;
        var (texts, _) = InvoiceTexts.Of(source with { Subject = source.Subject ?? Own.Subject }, values, null, link);
        // Their own template may name what is in no catalogue.
        texts ??= InvoiceTexts.Of(Own, values, null, link).Texts!;
        await InvoiceMessage.Write(tx, invoice.ContactId, "email", paper.Email, texts, null, links);
    }
}
