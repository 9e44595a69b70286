using System.Collections.Concurrent;

namespace Crm.Local.Providers;

/// <summary>What the files of the mailbox's messages hold, by their ids: in memory, or each in a file of its own beside the mailbox's.</summary>
internal sealed class MailboxAttachments
{
    private readonly ConcurrentDictionary<string, byte[]> _contents = new(StringComparer.Ordinal);
    private readonly string? _folder;

    /// <param name="folder">None: in memory.</param>
    /// <param name="kept">The messages there are: what belongs to none of them goes.</param>
    public MailboxAttachments(string? folder, IEnumerable<SentMessage> kept)
    {
        _folder = folder;
        if (Directory.Exists(folder))
            Remove(Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Except(Ids(kept), StringComparer.Ordinal).ToArray());
    }

    /// <summary>Keeps what the messages hold, and leaves it out of them.</summary>
    public SentMessage[] Keep(IReadOnlyList<SentMessage> messages)
    {
        foreach (var one in messages.SelectMany(message => message.Attachments).DistinctBy(one => one.Id, StringComparer.Ordinal))
            Keep(one.Id, one.Content ?? []);

        return [.. messages.Select(message => message.Attachments.Count == 0
            ? message
            : message with { Attachments = [.. message.Attachments.Select(one => one with { Content = null })] })];
    }

    public byte[]? Find(string id) =>
        _folder is null ? _contents.GetValueOrDefault(id) : File.Exists(Path.Combine(_folder, id)) ? File.ReadAllBytes(Path.Combine(_folder, id)) : null;

    /// <summary>Forgets what went with messages that are forgotten, and with none that is kept.</summary>
    public void Forget(IEnumerable<SentMessage> forgotten, IEnumerable<SentMessage> kept)
    {
        var ids = Ids(forgotten).ToArray();
        if (ids.Length > 0)
            Remove(ids.Except(Ids(kept), StringComparer.Ordinal));
    }

    private void Keep(string id, byte[] content)
    {
        if (_folder is null)
        {
            _contents[id] = content;
            return;
        }

        Directory.CreateDirectory(_folder);
        File.WriteAllBytes(Path.Combine(_folder, id), content);
    }

    private static IEnumerable<string> Ids(IEnumerable<SentMessage> messages) => messages.SelectMany(message => message.Attachments).Select(one => one.Id);

    private void Remove(IEnumerable<string> ids)
    {
        foreach (var id in ids)
        {
            if (_folder is null)
                _contents.TryRemove(id, out _);
            else
                File.Delete(Path.Combine(_folder, id));
        }
    }
}
