using Crm.Functions.Auth;
using Crm.Shared.Database;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

/// <summary>A new invoice, complete but for its number.</summary>
internal sealed record InvoiceDraft
{
    public required InvoiceParties Parties { get; init; }
    public Guid? DealId { get; init; }
    public required string Currency { get; init; }
    public required DateOnly IssueDate { get; init; }
    public required DateOnly DueDate { get; init; }
    public required string PaymentTerms { get; init; }
    public string? Notes { get; init; }
    public string? Terms { get; init; }
    public required IReadOnlyList<InvoiceItems.Line> Lines { get; init; }

    // The invoice with its number and its lines. What takes the number is the last but one statement of its transaction: who comes next waits for the commit.
    private const string InsertSql = $"""
        with {InvoiceNumber.TakeSql},
        items as (
            {InvoiceItems.InsertSql})
        insert into invoices (organization_id, id, number, contact_id, deal_id, creator_id, currency, issue_date, due_date, subtotal, discount_total, tax_total,
                              total, notes, terms, payment_terms, token_hash, created_at, updated_at)
        select @OrganizationId, @InvoiceId, number, @ContactId, @DealId, @CreatorId, @Currency, @IssueDate, @DueDate, @Subtotal, @DiscountTotal, @TaxTotal,
               @Total, @Notes, @Terms, @PaymentTerms, @TokenHash, @Now, @Now
        from counter
        returning number
        """;

    /// <summary>Writes it, and what happened to the contact's timeline.</summary>
    public async Task<InvoiceDetail> Save(DbTransaction tx, Guid id, Caller caller, InvoiceLinks links, string? origin = null)
    {
        var sums = InvoiceSums.Of(Lines.Select(line => line.Sum));
        var items = new ItemColumns(tx, Lines);
        var hash = links.NewHash(id);
        var number = (await tx.Find<string>(InsertSql, new
        {
            InvoiceId = id,
            Prefix = InvoiceNumber.Prefix(Parties.InvoicePrefix, Parties.OrganizationName),
            IssueDate.Year,
            Parties.ContactId,
            DealId,
            CreatorId = caller.UserId,
            Currency,
            IssueDate,
            DueDate,
            sums.Subtotal,
            sums.DiscountTotal,
            sums.TaxTotal,
            sums.Total,
            Notes,
            Terms,
            PaymentTerms,
            TokenHash = hash,
            items.ItemIds,
            items.ProductIds,
            items.Descriptions,
            items.Quantities,
            items.UnitPrices,
            items.Discounts,
            items.TaxRates,
            items.Amounts,
            tx.Now,
        }))!;
        await InvoiceJournal.Record(
            tx, caller.UserId, id, Parties.ContactId!.Value, "created", $"Invoice {number} created", origin, facts: new { number, sums.Total, Currency });
        return Shown(tx, id, number, caller, sums, items);
    }

    // Known without reading it again.
    private InvoiceDetail Shown(DbTransaction tx, Guid id, string number, Caller caller, InvoiceSums sums, ItemColumns items) => new()
    {
        Id = id,
        Number = number,
        Status = InvoiceStates.Draft,
        ContactId = Parties.ContactId!.Value,
        ContactName = Parties.ContactName!,
        ContactEmail = Parties.ContactEmail,
        DealId = DealId,
        CreatorId = caller.UserId,
        CreatorFirstName = Parties.CallerFirstName,
        CreatorLastName = Parties.CallerLastName,
        Currency = Currency,
        IssueDate = IssueDate,
        DueDate = DueDate,
        Subtotal = sums.Subtotal,
        DiscountTotal = sums.DiscountTotal,
        TaxTotal = sums.TaxTotal,
        Total = sums.Total,
        AmountPaid = 0.00m,
        AmountCredited = 0.00m,
        Overpaid = false,
        Disputed = false,
        Notes = Notes,
        Terms = Terms,
        PaymentTerms = PaymentTerms,
        CreatedAt = tx.Now,
        UpdatedAt = tx.Now,
        Version = 1,
        PendingAmount = 0.00m,
        Items =
        [
            .. Lines.Select((line, index) => new InvoiceItem(
                items.ItemIds[index], line.ProductId, line.Description, line.Quantity, line.UnitPrice, line.Discount, line.TaxRate, line.Amount)),
        ],
    };
}
