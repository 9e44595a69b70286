using Crm.Functions.Auth;
using Crm.Shared.Database;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

public static class CreateInvoiceFromDeal
{
    /// <param name="DueDate">By default as the payment terms say, or in 30 days.</param>
    /// <param name="Notes">What the customer should know.</param>
    /// <param name="Terms">What is printed below it.</param>
    /// <param name="PaymentTerms">Net 30 by default.</param>
    [ValidatableType]
    public sealed record Request([Date] ClientTime? DueDate, [Text(5000)] string? Notes, [Text(5000)] string? Terms, [Text(100)] string? PaymentTerms)
    {
        public static Request Example => new(null, "As agreed.", null, "Net 30");
    }

    private sealed record Deal(Guid ContactId, string Title, decimal Value, string Currency);

    // Locked as its latest activity will be written: before the contact, as the order of locks wants it.
    private const string DealSql = """
        select contact_id, title, value, currency
        from deals
        where organization_id = @OrganizationId
          and id = @Id
          and deleted_at is null
          and (@OwnerId::uuid is null or owner_id = @OwnerId)
        for no key update
        """;

    private const string LinesSql = """
        select d.product_id, d.name as description, trim_scale(d.quantity) as quantity, d.unit_price, trim_scale(d.discount) as discount,
               coalesce(trim_scale(p.tax_rate), 0) as tax_rate
        from deal_items d
        left join products p on p.organization_id = d.organization_id and p.id = d.product_id
        where d.organization_id = @OrganizationId
          and d.deal_id = @Id
        order by d.position
        """;

    /// <summary>Makes a draft of what a deal sells: its items with their products' tax rates, or its value.</summary>
    [Function("CreateInvoiceFromDeal"), Tags("Invoices"), Allow(Permission.WriteInvoices)]
    public static Task<Created<InvoiceDetail>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "deals/{id:guid}/invoice")] Request? request,
        Guid id, Caller caller, Db db, InvoiceLinks links, CancellationToken ct) =>
        db.Transaction<Created<InvoiceDetail>>(caller.Scope, async tx =>
        {
            request ??= new(null, null, null, null);
            if (await tx.Find<Deal>(DealSql, new { Id = id }) is not { } deal)
                return await Access.Refusal(tx, Owned.Deal, id, Errors.DealNotFound);
            var invoiceId = Guid.CreateVersion7(tx.Now);
            var parties = await InvoiceParties.Find(tx, caller, deal.ContactId, invoiceId, []);
            if (parties.ContactFault is { } fault)
                return fault;
            var lines = await tx.List<InvoiceItems.Line>(LinesSql, new { Id = id });
            if (lines.Count == 0)
                lines = [new(null, deal.Title, 1, deal.Value, 0, 0)];

            if (InvoiceLines.SumFault(lines) is { } sumFault)
                return sumFault;
            var today = caller.Today(tx.Now);
            var terms = Fields.Text(request.PaymentTerms) ?? PaymentTerms.Default;
            var due = request.DueDate?.DateIn(caller.Zone) ?? InvoiceRules.Due(today, terms);
            if (InvoiceRules.DateFault(today, due) is { } dateFault)
                return dateFault;
            return await new InvoiceDraft
            {
                Parties = parties,
                DealId = id,
                Currency = deal.Currency,
                IssueDate = today,
                DueDate = due,
                PaymentTerms = terms,
                Notes = Fields.Text(request.Notes),
                Terms = Fields.Text(request.Terms),
                Lines = lines,
            }.Save(tx, invoiceId, caller, links, $"From the deal {deal.Title}");
        }, ct);
}
