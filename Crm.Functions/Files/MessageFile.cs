using System.Text.Json;

namespace Crm.Functions.Files;

/// <summary>A file of a message.</summary>
/// <param name="Id">The file.</param>
/// <param name="FileName">What it is called.</param>
/// <param name="ContentType">What it is.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Key">Where the store has it; null when it is not kept.</param>
public sealed record MessageFile(Guid Id, string FileName, string ContentType, long Size, string? Key)
{
    /// <summary>In SQL, the files of the message <c>m</c>, for <see cref="Read"/>; null when it has none.</summary>
    public const string OfMessageSql = """
        (select jsonb_agg(jsonb_build_object('id', f.id, 'fileName', f.file_name, 'contentType', f.content_type, 'size', f.size, 'key', f.storage_key)
                          order by f.id)::text
         from message_attachments f
         where f.organization_id = m.organization_id and f.message_id = m.id)
        """;

    public static IReadOnlyList<MessageFile> Read(string? files) =>
        files is null ? [] : JsonSerializer.Deserialize<MessageFile[]>(files, JsonSerializerOptions.Web)!;
}
