using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace Crm.Functions.Idempotency;

/// <summary>
/// What makes two requests the same. Of a form it is its fields and files: a client that sends it again puts another boundary between them. Of anything else it
/// is the body as it stands.
/// </summary>
internal static class RequestHash
{
    public static async Task<byte[]> Of(HttpContext context)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Options may stand in the query.
        hash.AppendData(Encoding.UTF8.GetBytes($"{context.Request.QueryString}\n"));
        if (context.Features.Get<IFormFeature>()?.Form is { } form)
        {
            await Append(hash, form, context.RequestAborted);
        }
        else
        {
            context.Request.EnableBuffering();
            hash.AppendData(await SHA256.HashDataAsync(context.Request.Body, context.RequestAborted));
            context.Request.Body.Position = 0;
        }

        return hash.GetHashAndReset();
    }

    private static async Task Append(IncrementalHash hash, IFormCollection form, CancellationToken ct)
    {
        foreach (var (name, values) in form)
        {
            foreach (var value in values)
                Append(hash, "field", name, value ?? "");
        }

        foreach (var file in form.Files)
        {
            Append(hash, "file", file.Name, file.FileName, file.ContentType);
            await using var content = file.OpenReadStream();
            hash.AppendData(await SHA256.HashDataAsync(content, ct));
        }
    }

    // Each with its length, so that no two lists of texts look alike.
    private static void Append(IncrementalHash hash, params ReadOnlySpan<string> texts)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var text in texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
    }
}
