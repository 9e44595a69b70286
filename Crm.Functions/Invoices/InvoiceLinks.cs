using Crm.Functions.Tokens;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

/// <summary>The public addresses of invoices, for their customers.</summary>
public sealed class InvoiceLinks(LinkTokens tokens, Links links)
{
    /// <summary>The host of Message-IDs.</summary>
    public string Host => new Uri(links.PublicBaseUrl).Host;

    /// <summary>What the database keeps of a new invoice's token.</summary>
    public byte[] NewHash(Guid invoiceId) => LinkTokens.Hash(tokens.Invoice(invoiceId));

    /// <summary>What it keeps of the token that a link has now: a new one, where both keys have changed since.</summary>
    public byte[] HashOf(Guid invoiceId, byte[] hash) => LinkTokens.Hash(tokens.Invoice(invoiceId, hash));

    public string Of(Guid invoiceId, byte[] hash) => links.Invoice(tokens.Invoice(invoiceId, hash));

    /// <summary>The invoice with its address, once it is no draft any more.</summary>
    public InvoiceDetail Shown(InvoiceDetail invoice) =>
        invoice.Status == InvoiceStates.Draft ? invoice : invoice with { PublicUrl = Of(invoice.Id, invoice.TokenHash) };
}
