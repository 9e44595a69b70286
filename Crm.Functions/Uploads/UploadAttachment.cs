using System.Globalization;
using Crm.Functions.Auth;
using Crm.Functions.Files;
using Crm.Functions.Inbox;
using Crm.Shared.Database;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Uploads;

public static class UploadAttachment
{
    private const int Longest = 10 * 1024 * 1024;

    /// <summary>What a form writes around the longest file.</summary>
    private const int LongestForm = Longest + 64 * 1024;

    /// <summary>How long a file waits for the message that it goes with.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(24);

    /// <param name="Attachment">The file: name its id in the <c>attachmentIds</c> of a message.</param>
    public sealed record Response(Attachment Attachment);

    /// <summary>Uploads a file to go with a message.</summary>
    /// <remarks>
    /// At most 10 MiB, and no program: mail providers take none. It waits a day for the message of yours that names it, POST /messages or an answer in a
    /// conversation, and is deleted then. Its name is kept without a path, its type is what its name and its first bytes say.
    /// </remarks>
    [Function("UploadAttachment"), Tags("Uploads"), Allow(Permission.WriteInbox), LargeBody(LongestForm)]
    public static async Task<Created<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "upload/attachment")] HttpRequest http,
        [Field("The file.")] IFormFile? attachment, Caller caller, Db db, FileStore store, CancellationToken ct)
    {
        if (attachment is not { Length: > 0 })
            return Errors.NoFile with { Message = "Send the file as multipart/form-data in the field attachment." };
        if (!store.IsConfigured)
            return Errors.UploadsNotConfigured;
        if (attachment.Length > Longest)
            return Refused("size", string.Create(CultureInfo.InvariantCulture, $"The file may have {Longest} bytes; it has {attachment.Length}."));
        var name = FileName.Clean(attachment.FileName);
        await using var content = attachment.OpenReadStream();
        var head = new byte[FileType.Head];
        head = head[..await content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, ct)];
        content.Position = 0;
        if (FileType.IsProgram(name, head))
            return Refused("type", "The file is a program, or may start one: mail providers take none.");
        return await Store(caller, db, store, name, FileType.Of(name, head), content, ct);
    }

    private static async Task<Created<Response>> Store(
        Caller caller, Db db, FileStore store, string name, string type, Stream content, CancellationToken ct)
    {
        var file = await StoredFiles.Begin(
            db, caller.Organization, "attachment", caller.UserId, type, FileName.KeyEnding(name), content.Length, ct, fileName: name);
        try
        {
            await store.Put(new(file.Key, FileType.Unknown), content, ct);
        }
        catch (FileStoreException)
        {
            return Errors.StoreUnavailable;
        }

        return await db.Transaction<Created<Response>>(caller.Organization, async tx =>
        {
            if (!await StoredFiles.Keep(tx, file, until: tx.Now + Patience))
                return Errors.StoreUnavailable;
            return new Response(Attachment.Of(new(file.Id, name, type, content.Length, file.Key), store));
        }, ct);
    }

    private static Error Refused(string reason, string message) =>
        Errors.UploadRefused with { Message = message, Details = [new("attachment", message) { Reason = reason }] };
}
