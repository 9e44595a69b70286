using Amazon.S3;
using Amazon.S3.Model;

namespace Crm.Shared.Integrations.S3;

/// <summary>
/// A file as it is being written: parts go to the store as soon as they are full, so that a file of any length takes the memory of one part. It is there once
/// <see cref="Complete"/> returns; given up before, nothing is left of it.
/// </summary>
public sealed class UploadStream : Stream
{
    /// <summary>The least that stores take, but for the last one; ten thousand of them are the most.</summary>
    private const int PartSize = 8 * 1024 * 1024;

    private readonly AmazonS3Client _client;
    private readonly string _bucket;
    private readonly StoredObject _file;
    private readonly CancellationToken _ct;
    private readonly MemoryStream _part = new(PartSize);
    private readonly List<PartETag> _sent = [];
    private string? _uploadId;
    private bool _isComplete;
    private long _length;

    internal UploadStream(AmazonS3Client client, string bucket, StoredObject file, CancellationToken ct) =>
        (_client, _bucket, _file, _ct) = (client, bucket, file, ct);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    /// <summary>What was written so far.</summary>
    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            if (_part.Length == PartSize)
                await Send();
            var taken = buffer[..(int)Math.Min(buffer.Length, PartSize - _part.Length)];
            _part.Write(taken.Span);
            _length += taken.Length;
            buffer = buffer[taken.Length..];
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>For writers that end in calls that do not wait: it may grow beyond a part, which the next call that waits sends.</summary>
    public override void Write(byte[] buffer, int offset, int count)
    {
        _part.Write(buffer, offset, count);
        _length += count;
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <exception cref="FileStoreException">The file is not there.</exception>
    public async Task Complete()
    {
        await Send();
        await FileStore.Call(
            async () => await _client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest { BucketName = _bucket, Key = _file.Key, UploadId = _uploadId, PartETags = _sent }, _ct),
            _ct);
        _isComplete = true;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_uploadId is not null && !_isComplete)
        {
            try
            {
                await _client.AbortMultipartUploadAsync(_bucket, _file.Key, _uploadId, CancellationToken.None);
            }
            catch (Exception exception) when (exception is AmazonS3Exception or HttpRequestException or IOException or OperationCanceledException)
            {
                // The store is down; a rule of the bucket removes what was begun.
            }
        }

        await _part.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private async Task Send()
    {
        _uploadId ??= (await FileStore.Call(
            async () => await _client.InitiateMultipartUploadAsync(
                new InitiateMultipartUploadRequest { BucketName = _bucket, Key = _file.Key, ContentType = _file.ContentType }, _ct),
            _ct))!.UploadId;
        _part.Position = 0;
        var number = _sent.Count + 1;
        var answer = await FileStore.Call(
            async () => await _client.UploadPartAsync(
                new UploadPartRequest
                {
                    BucketName = _bucket,
                    Key = _file.Key,
                    UploadId = _uploadId,
                    PartNumber = number,
                    PartSize = _part.Length,
                    InputStream = _part,
                    UseChunkEncoding = false,
                },
                _ct),
            _ct);
        _sent.Add(new(number, answer!.ETag));
        _part.SetLength(0);
    }
}
