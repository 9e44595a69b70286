using System.Buffers.Text;
using Crm.Functions.Tokens;
using Crm.Shared;
using Crm.Shared.Database;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices.Public;

/// <summary>An invoice that was found by the token of its link. Drafts and deleted ones are not shown.</summary>
internal sealed record PublicInvoice(Scope Scope, InvoiceDetail Invoice, InvoicePaper Paper)
{
    private const int TokenLength = 43;

    private sealed record Found(Guid OrganizationId, Guid Id, string Timezone);

    private const string FindSql = """
        select i.organization_id, i.id, o.timezone
        from invoices i
        join organizations o on o.id = i.organization_id
        where i.token_hash = @Hash
          and i.deleted_at is null
          and i.status <> 'draft'
        """;

    public static async Task<PublicInvoice?> Find(Db db, string token, InvoiceLinks links, CancellationToken ct)
    {
        if (token.Length != TokenLength || !Base64Url.IsValid(token)
            || await db.Find<Found>(Scope.Global, FindSql, new { Hash = LinkTokens.Hash(token) }, ct) is not { } found)
            return null;
        var scope = new Scope(found.OrganizationId);
        var today = LocalDay.At(db.Now, TimeZones.First(found.Timezone)).Date;
        return await InvoiceDetail.Find(db, scope, found.Id, today, ct) is { Status: not InvoiceStates.Draft } invoice
            ? new(scope, links.Shown(invoice), await InvoicePaper.Find(db, scope, invoice.ContactId, ct))
            : null;
    }
}
