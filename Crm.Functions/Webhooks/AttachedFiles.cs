using Crm.Functions.Files;
using Crm.Functions.Inbox.Inbound;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Webhooks;

/// <summary>
/// Keeps what is attached to a mail, privately, for the organisation it is written to: before the mail itself is kept, so that a store that is down has the
/// vendor send it again. Whatever does not become part of a message is swept.
/// </summary>
public sealed class AttachedFiles(FileStore store, Links links)
{
    /// <summary>How long a mail may wait to be taken into the inbox.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    /// <summary>The mail with its files stored; null when the store does not answer. Of a mail that is nobody's they are only named.</summary>
    internal async Task<InboundMail?> Store(InboundMail mail, Db db, CancellationToken ct)
    {
        if (!store.IsConfigured || !mail.Attachments.Any(file => file.Content is not null)
            || InboundMessage.Read(Providers.InboundMail, mail.Json()) is not { IsAutomatic: false } message
            || await db.Transaction(Scope.Global, tx => Recipient.OfMail(tx, message, links.InboundDomain), ct) is not { } recipient)
            return mail;
        var scope = new Scope(recipient.OrganizationId);
        var kept = new List<MailAttachment>();
        try
        {
            foreach (var attached in mail.Attachments)
                kept.Add(attached.Content is { } content ? attached with { FileId = await Store(db, scope, attached.FileName, content, ct) } : attached);
        }
        catch (FileStoreException)
        {
            return null;
        }

        return mail with { Attachments = kept };
    }

    private async Task<Guid> Store(Db db, Scope scope, string name, byte[] content, CancellationToken ct)
    {
        // Whose it is is known once it is a message's.
        var file = await StoredFiles.Begin(
            db, scope, "attachment", scope.OrganizationId, FileType.Unknown, FileName.KeyEnding(name), content.Length, ct, Patience);
        using var bytes = new MemoryStream(content);
        await store.Put(new(file.Key, FileType.Unknown), bytes, ct);
        return file.Id;
    }
}
