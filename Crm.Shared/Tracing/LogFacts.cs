using OpenTelemetry;
using OpenTelemetry.Logs;

namespace Crm.Shared.Tracing;

/// <summary>Adds to each line of the log that is exported whose invocation it was written in.</summary>
/// <param name="facts">What there is to say of the running invocation.</param>
public sealed class LogFacts(Func<IEnumerable<KeyValuePair<string, object?>>> facts) : BaseProcessor<LogRecord>
{
    public override void OnEnd(LogRecord data) => data.Attributes = [.. data.Attributes ?? [], .. facts()];
}
