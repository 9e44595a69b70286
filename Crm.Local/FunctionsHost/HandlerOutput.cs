using Crm.Local.Processes;

namespace Crm.Local.FunctionsHost;

/// <summary>Everything the function app says goes to the log file, its warnings and errors to the console as well.</summary>
internal sealed class HandlerOutput(LogFile log, Action<string> warn)
{
    private bool _inWarning;

    public void OnOutput(string line)
    {
        log.Write(line);

        // The console logger's format: a level and a category on the first line, the message indented below it.
        if (!line.StartsWith(' '))
        {
            _inWarning = line.StartsWith("warn:", StringComparison.Ordinal)
                || line.StartsWith("fail:", StringComparison.Ordinal)
                || line.StartsWith("crit:", StringComparison.Ordinal);
        }

        if (_inWarning)
        {
            warn(line);
        }
    }

    public void OnError(string line)
    {
        log.Write(line);
        warn(line);
    }
}
