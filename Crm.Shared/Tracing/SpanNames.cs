using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using OpenTelemetry;

namespace Crm.Shared.Tracing;

/// <summary>
/// Names the span of a statement after the place in the code that it came from, which stands in its text (<c>Database/Db.cs</c>); the driver calls
/// all of them by the database's name. And drops the words of exceptions, which may repeat what somebody sent.
/// </summary>
public sealed partial class SpanNames : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        if (data.StatusDescription is not null)
            data.SetStatus(data.Status);
        if (data.GetTagItem("db.query.text") is not string text || Stamp().Match(text) is not { Success: true } stamp)
            return;
        data.DisplayName = stamp.Groups["place"].Value;
        data.SetTag("code.file.path", stamp.Groups["file"].Value);
        data.SetTag("code.line.number", int.Parse(stamp.Groups["line"].ValueSpan, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"/\* (?<place>(?<file>[^*:]+):(?<line>\d+)) \*/", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Stamp();
}
