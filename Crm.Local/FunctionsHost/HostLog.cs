using System.Globalization;
using Crm.Local.FunctionsHost.Rpc;
using Crm.Local.Processes;
using static Crm.Local.FunctionsHost.Rpc.RpcLog.Types;

namespace Crm.Local.FunctionsHost;

/// <summary>
/// What the host and its functions have to say: all of it goes to the log file, warnings and errors to the screen as well, requests only when asked for.
/// </summary>
/// <param name="file">The log file.</param>
/// <param name="warn">Shows a problem.</param>
/// <param name="show">Shows a request; null when nobody wants to see them.</param>
public sealed class HostLog(LogFile file, Action<string> warn, Action<string>? show = null)
{
    /// <summary>The last lines, for the message of an error.</summary>
    public string Tail => file.Tail;

    public void Write(string line) => file.Write(line);

    public void Warn(string line)
    {
        file.Write(line);
        warn(line);
    }

    /// <summary>One line for each request that was answered.</summary>
    public void Request(HttpContext context, string? function, TimeSpan time)
    {
        var request = context.Request;
        var status = context.RequestAborted.IsCancellationRequested ? "client gone" : context.Response.StatusCode.ToString(CultureInfo.InvariantCulture);
        // The path as it came, never decoded: a line break in it would be one in the log.
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{DateTime.Now:HH:mm:ss.fff} {request.Method} {request.Path.ToUriComponent()} {function ?? "-"} {status} {time.TotalMilliseconds:0.0} ms");
        file.Request(line);
        show?.Invoke(line);
    }

    /// <summary>A log entry of the worker. One that belongs to no invocation is marked: the real host drops it.</summary>
    internal void Entry(RpcLog entry)
    {
        if (entry.LogCategory == Category.CustomMetric)
            return;
        var nobodys = entry.InvocationId.Length == 0 ? "(no invocation) " : "";
        var line = $"{entry.Level.ToString().ToUpperInvariant()} {nobodys}{entry.Category}: {entry.Message}";
        if (entry.Exception is { } error)
            line += $"{Environment.NewLine}{error.Message}{Environment.NewLine}{error.StackTrace}";
        if (entry.Level is Level.Warning or Level.Error or Level.Critical)
            Warn(line);
        else
            Write(line);
    }
}
