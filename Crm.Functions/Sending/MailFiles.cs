using Crm.Functions.Files;
using Crm.Shared.Integrations;
using Crm.Shared.Integrations.S3;
using Crm.Shared.Integrations.SendGrid;

namespace Crm.Functions.Sending;

/// <summary>
/// Reads the files that a mail goes out with, all of them before the vendor hears of it: none goes out without its files. A store that is down is an outage as
/// the vendor's is; without a file that is gone for good the message is never sent.
/// </summary>
public sealed class MailFiles(FileStore store) : IDisposable
{
    /// <summary>Mails whose files are in memory, twenty megabytes each at most: an instance may have no more than 512 for all it does.</summary>
    private const int MostAtOnce = 2;

    /// <summary>For a turn and all files together: the vendor's call must end within the claim's two minutes too.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _turns = new(MostAtOnce);

    /// <summary>Sends the mail once its files are there.</summary>
    public async Task<CallOutcome> Send(IReadOnlyList<MessageFile> files, Func<IReadOnlyList<MailFile>, Task<CallOutcome>> send, CancellationToken ct)
    {
        if (!store.IsConfigured)
            return Unavailable("No store for files is set up.");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        if (!await _turns.WaitAsync(Patience, ct))
            return Unavailable("Other mails with files are on their way.");
        try
        {
            var (read, fault) = await Read(files, patience.Token);
            return fault ?? await send(read);
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();

    private async Task<(List<MailFile> Files, CallOutcome? Fault)> Read(IReadOnlyList<MessageFile> files, CancellationToken patience)
    {
        var read = new List<MailFile>(files.Count);
        try
        {
            foreach (var file in files)
            {
                if (file.Key is null || await store.Find(file.Key, (int)file.Size, patience) is not { } content)
                    return (read, new(CallResult.Refused, Error: $"The attached file {file.FileName} is gone."));
                read.Add(new(file.FileName, file.ContentType, content));
            }

            return (read, null);
        }
        catch (FileStoreException exception)
        {
            return (read, Unavailable(exception.Message));
        }
        // However what was under way ends then.
        catch (Exception) when (patience.IsCancellationRequested)
        {
            return (read, Unavailable("The store for files is too slow."));
        }
    }

    private static CallOutcome Unavailable(string error) => new(CallResult.Unavailable, Error: error);
}
