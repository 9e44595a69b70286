using System.Globalization;

namespace Crm.Functions.Hosting;

/// <summary>The clock of the local stack: the system's, moved by the seconds that a file names. Used in Development only.</summary>
public sealed class MovableClock(string offsetFile) : TimeProvider
{
    private long _readAt = -1;
    private TimeSpan _offset;

    public override DateTimeOffset GetUtcNow()
    {
        var written = File.GetLastWriteTimeUtc(offsetFile).Ticks;
        if (written != Interlocked.Exchange(ref _readAt, written))
            _offset = File.Exists(offsetFile)
                && long.TryParse(File.ReadAllText(offsetFile), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
                ? TimeSpan.FromSeconds(seconds)
                : TimeSpan.Zero;
        return base.GetUtcNow() + _offset;
    }
}
