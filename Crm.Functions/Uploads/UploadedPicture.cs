using System.Globalization;
using Crm.Functions.Files;
using Crm.Shared.Database;
using Crm.Shared.Images;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Uploads;

/// <summary>A picture that somebody sends: judged by its bytes, cleaned, and put into the store before the record that shows it.</summary>
internal static class UploadedPicture
{
    private const int Longest = 5 * 1024 * 1024;

    /// <summary>Another picture has another address.</summary>
    private const string CacheControl = "public, max-age=31536000, immutable";

    /// <summary>Stores the file of a form's field; why it is refused, or where it is now.</summary>
    /// <param name="store">The store.</param>
    /// <param name="db">The database.</param>
    /// <param name="scope">The organisation.</param>
    /// <param name="kind">avatar or logo: also the field's name.</param>
    /// <param name="owner">Whose picture it is.</param>
    /// <param name="upload">The file; null when the form has none of that name.</param>
    /// <param name="ct">Gives it up.</param>
    public static async Task<(StoredFile? File, Error? Fault)> Store(
        FileStore store, Db db, Scope scope, string kind, Guid owner, IFormFile? upload, CancellationToken ct)
    {
        if (upload is not { Length: > 0 })
            return (null, Errors.NoFile with { Message = $"Send the picture as multipart/form-data in the field {kind}." });
        if (!store.IsConfigured)
            return (null, Errors.UploadsNotConfigured);
        if (upload.Length > Longest)
            return (null, Refused(kind, "size", string.Create(CultureInfo.InvariantCulture, $"The file may have {Longest} bytes; it has {upload.Length}.")));
        var content = new byte[upload.Length];
        await using (var stream = upload.OpenReadStream())
            await stream.ReadExactlyAsync(content, ct);
        if (Picture.Read(content) is not { } picture)
            return (null, Refused(kind, "type", "The file must be a whole JPEG, PNG, GIF or WebP of at most 100 million pixels."));

        var file = await StoredFiles.Begin(db, scope, kind, owner, picture.ContentType, picture.Extension, picture.Content.Length, ct);
        try
        {
            using var bytes = new MemoryStream(picture.Content);
            await store.Put(new(file.Key, picture.ContentType, CacheControl), bytes, ct);
            return (file, null);
        }
        catch (FileStoreException)
        {
            return (null, Errors.StoreUnavailable);
        }
    }

    /// <summary>Makes a stored picture the one that a record shows: the one before it is deleted. The fault when it took too long to come here.</summary>
    public static async Task<Error?> Show(DbTransaction tx, StoredFile file, string kind, Guid owner, string url)
    {
        if (!await StoredFiles.Keep(tx, file))
        {
            tx.Abandon();
            return Errors.StoreUnavailable;
        }

        await StoredFiles.Release(tx, [owner], [kind], shown: url);
        return null;
    }

    private static Error Refused(string field, string reason, string message) =>
        Errors.UploadRefused with { Message = message, Details = [new(field, message) { Reason = reason }] };
}
