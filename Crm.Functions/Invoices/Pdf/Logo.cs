using Crm.Shared.Database;
using Crm.Shared.Integrations.S3;
using PdfSharp.Drawing;

namespace Crm.Functions.Invoices.Pdf;

/// <summary>
/// The organisation's logo as an invoice shows it: one that was uploaded here, of a kind that a PDF can hold. An address that somebody wrote into the settings
/// is not fetched. Without it, or while the store is down, the invoice does without.
/// </summary>
public sealed class Logo(FileStore store, ILogger<Logo> log)
{
    private const int Longest = 5 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private const string Sql = """
        select f.storage_key
        from stored_files f
        join organizations o on o.id = f.organization_id
        where f.organization_id = @OrganizationId
          and f.owner_id = f.organization_id
          and f.kind = 'logo'
          and f.content_type in ('image/jpeg', 'image/png')
          and f.unwanted_at is null
          and right(o.logo, length(f.storage_key)) = f.storage_key
        """;

    public async Task<XImage?> Find(Db db, Scope scope, CancellationToken ct)
    {
        if (!store.IsConfigured || await db.Find<string>(new Scope(scope.OrganizationId), Sql, null, ct) is not { } key)
            return null;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            return await store.Find(key, Longest, patience.Token) is { } content ? XImage.FromStream(new MemoryStream(content)) : null;
        }
        catch (Exception exception) when (!ct.IsCancellationRequested
            && exception is FileStoreException or OperationCanceledException or InvalidOperationException or NotSupportedException or NotImplementedException)
        {
            log.LogWarning(exception, "An invoice is shown without its logo {Key}", key);
            return null;
        }
    }
}
