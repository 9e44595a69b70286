using Crm.Functions.Files;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Inbox;

/// <summary>A file that came or goes with a message.</summary>
/// <param name="Id">The file.</param>
/// <param name="FileName">What it is called.</param>
/// <param name="ContentType">What it is; of one that came, as its sender says.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Url">Where it can be downloaded, for a quarter of an hour; null when it is not kept.</param>
public sealed record Attachment(Guid Id, string FileName, string ContentType, long Size, string? Url)
{
    private static readonly TimeSpan LinkLifetime = TimeSpan.FromMinutes(15);

    /// <summary>The file, with an address where it is kept and there is a store. Whatever it is: it is saved, and not shown.</summary>
    public static Attachment Of(MessageFile file, FileStore? store) => new(
        file.Id, file.FileName, file.ContentType, file.Size,
        file.Key is { } key && store is { IsConfigured: true } ? store.Link(key, file.FileName, FileType.Unknown, LinkLifetime) : null);
}
