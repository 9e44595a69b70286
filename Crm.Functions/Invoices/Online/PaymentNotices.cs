using Crm.Shared.Database;

namespace Crm.Functions.Invoices.Online;

/// <summary>Tells those who have to do something about money: the owners of the organisation, and whose invoice it is.</summary>
internal static class PaymentNotices
{
    private const string Sql = """
        insert into notifications (organization_id, id, user_id, type, title, body, entity_type, entity_id, created_at)
        select @OrganizationId, gen_random_uuid(), u.id, @Type, @Title, @Body, 'invoice', @InvoiceId, @Now
        from users u
        where u.organization_id = @OrganizationId
          and u.status = 'active'
          and u.deleted_at is null
          and (u.id = @CreatorId or @ToOwners and u.role = 'owner')
        """;

    /// <param name="tx">The transaction in which it happened.</param>
    /// <param name="invoice">The invoice.</param>
    /// <param name="type">Such as payment.disputed.</param>
    /// <param name="title">What happened.</param>
    /// <param name="body">What there is to do.</param>
    /// <param name="toOwners">Whether the owners must know; else it is for the invoice's creator alone.</param>
    public static Task Tell(DbTransaction tx, InvoiceRow invoice, string type, string title, string? body, bool toOwners = true) =>
        tx.Execute(Sql, new { Type = type, Title = title, Body = body, InvoiceId = invoice.Id, invoice.CreatorId, ToOwners = toOwners, tx.Now });
}
