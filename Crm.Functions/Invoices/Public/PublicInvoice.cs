using System.Buffers.Text;
using Crm.Functions.Tokens;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices.Public;

/// <summary>An invoice that was found by the token of its link. A deleted one, and one that is a draft again, was withdrawn.</summary>
internal sealed record PublicInvoice(Scope Scope, InvoiceDetail Invoice, InvoicePaper Paper)
{
    private const int TokenLength = 43;

    private sealed record Found(Guid OrganizationId, Guid Id, string Timezone, bool IsShown);

    private const string FindSql = """
        select i.organization_id, i.id, o.timezone, i.deleted_at is null and i.status <> 'draft' as is_shown
        from invoices i
        join organizations o on o.id = i.organization_id
        where i.token_hash = @Hash
        """;

    public static async Task<(PublicInvoice? Invoice, Error? Fault)> Find(Db db, string token, InvoiceLinks links, CancellationToken ct)
    {
        if (token.Length != TokenLength || !Base64Url.IsValid(token)
            || await db.Find<Found>(Scope.Global, FindSql, new { Hash = LinkTokens.Hash(token) }, ct) is not { } found)
            return (null, Errors.InvoiceNotFound);
        var scope = new Scope(found.OrganizationId);
        var today = LocalDay.At(db.Now, TimeZones.First(found.Timezone)).Date;
        return found.IsShown && await InvoiceDetail.Find(db, scope, found.Id, today, ct) is { } invoice
            ? (new(scope, links.Shown(invoice), await InvoicePaper.Find(db, scope, invoice.ContactId, ct)), null)
            : (null, Errors.InvoiceWithdrawn);
    }
}
