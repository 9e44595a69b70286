using System.Net;
using System.Net.Mime;
using System.Runtime.CompilerServices;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Options;

namespace Crm.Shared.Integrations.S3;

/// <summary>The store did not take, give or delete a file: it is down, busy, or set up wrongly.</summary>
public sealed class FileStoreException(string message, Exception inner) : Exception(message, inner);

/// <summary>A file to be kept.</summary>
/// <param name="Key">In ASCII, unguessable.</param>
/// <param name="ContentType">What it is.</param>
/// <param name="CacheControl">How long whoever gets it may keep it; null: not said.</param>
public sealed record StoredObject(string Key, string ContentType, string? CacheControl = null);

/// <summary>The files, in a bucket. One for the whole app; what it is made of is loaded at its first use, and not at a cold start.</summary>
public sealed class FileStore(IOptions<S3Options> options) : IDisposable
{
    /// <summary>A call's limit; five megabytes take a second on a slow line.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    private const int Retries = 1;

    private readonly S3Options _options = options.Value;
    private readonly Lazy<AmazonS3Client> _client = new(() => Client(options.Value));

    public bool IsConfigured => _options.IsConfigured;

    /// <summary>The address at which everybody may get a file.</summary>
    public string UrlOf(string key) => _options.UrlOf(key);

    /// <exception cref="FileStoreException">It may or may not be there now.</exception>
    public Task Put(StoredObject file, Stream content, CancellationToken ct) => Call(
        async () => await _client.Value.PutObjectAsync(
            new PutObjectRequest
            {
                BucketName = _options.Bucket,
                Key = file.Key,
                InputStream = content,
                AutoCloseStream = false,
                ContentType = file.ContentType,
                Headers = { CacheControl = file.CacheControl },
                // In frames of their own, with a checksum behind: several stores keep the frames as if they were the content.
                UseChunkEncoding = false,
            },
            ct),
        ct);

    /// <summary>A file of unknown length, sent in parts as it is written: what is written to it waits for the store.</summary>
    public UploadStream Upload(StoredObject file, CancellationToken ct) => new(_client.Value, _options.Bucket, file, ct);

    /// <summary>The content, up to a length; null when there is no such file, or it is longer.</summary>
    public Task<byte[]?> Find(string key, int longest, CancellationToken ct) => Call(
        async () =>
        {
            using var answer = await _client.Value.GetObjectAsync(_options.Bucket, key, ct);
            if (answer.ContentLength > longest)
                return null;
            var content = new byte[answer.ContentLength];
            await answer.ResponseStream.ReadExactlyAsync(content, ct);
            return content;
        },
        ct);

    /// <summary>A file that is not there is as good as deleted.</summary>
    public Task Delete(string key, CancellationToken ct) => Call(async () => await _client.Value.DeleteObjectAsync(_options.Bucket, key, ct), ct);

    /// <summary>An address at which whoever knows it gets a private file for a while, under its own name. By the store's clock, which nobody moves.</summary>
    public string Link(string key, string fileName, string contentType, TimeSpan lifetime) => _client.Value.GetPreSignedURL(new GetPreSignedUrlRequest
    {
        BucketName = _options.Bucket,
        Key = key,
        Verb = HttpVerb.GET,
        Expires = DateTime.UtcNow + lifetime,
        Protocol = _options.ServiceUrl.StartsWith("http:", StringComparison.OrdinalIgnoreCase) ? Protocol.HTTP : Protocol.HTTPS,
        ResponseHeaderOverrides = new()
        {
            ContentDisposition = new ContentDisposition { FileName = Ascii(fileName), Inline = false }.ToString(),
            ContentType = contentType,
        },
    });

    public void Dispose()
    {
        if (_client.IsValueCreated)
            _client.Value.Dispose();
    }

    internal static Task<T?> Call<T>(Func<Task<T>> call, CancellationToken ct, [CallerMemberName] string operation = "") =>
        ProviderCall.Observe("s3", operation, () => Attempt(call, ct), static _ => CallResult.Accepted);

    private static async Task<T?> Attempt<T>(Func<Task<T>> call, CancellationToken ct)
    {
        try
        {
            return await call();
        }
        catch (AmazonS3Exception missing) when (missing.StatusCode == HttpStatusCode.NotFound && missing.ErrorCode == "NoSuchKey")
        {
            return default;
        }
        catch (Exception exception) when (!ct.IsCancellationRequested
            && exception is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or OperationCanceledException)
        {
            throw new FileStoreException("The file store did not answer as it should.", exception);
        }
    }

    private static AmazonS3Client Client(S3Options options)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.ServiceUrl.Length > 0,
            AuthenticationRegion = options.Region,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            Timeout = Timeout,
            MaxErrorRetry = Retries,
        };
        if (options.ServiceUrl.Length > 0)
            config.ServiceURL = options.ServiceUrl;
        else
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        return options.AccessKey.Length > 0
            ? new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), config)
            : new AmazonS3Client(config);
    }

    private static string Ascii(string name) =>
        string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or ' ' ? letter : '_'));
}
