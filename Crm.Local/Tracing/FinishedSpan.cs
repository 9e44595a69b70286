using Crm.Local.Tracing.Otlp;
using Google.Protobuf;

namespace Crm.Local.Tracing;

/// <summary>Something that was done, in a trace: who told of it, how long it took, and what it was a part of.</summary>
/// <param name="TraceId">The trace, 32 hexadecimal digits.</param>
/// <param name="Id">The span, 16 digits.</param>
/// <param name="ParentId">What it was a part of; empty when of nothing.</param>
/// <param name="Source">Who told of it, such as <c>Npgsql</c>.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Begun">When, in nanoseconds since 1970.</param>
/// <param name="Time">How long it took.</param>
public sealed record FinishedSpan(string TraceId, string Id, string ParentId, string Source, string Name, ulong Begun, TimeSpan Time)
{
    private const int Failed = 2;
    private const double NanosecondsPerMillisecond = 1_000_000;

    public bool IsError { get; init; }

    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Reads the body of an exporter's request.</summary>
    public static IEnumerable<FinishedSpan> Read(byte[] request) =>
        from resource in ExportTraceServiceRequest.Parser.ParseFrom(request).ResourceSpans
        from scope in resource.ScopeSpans
        from span in scope.Spans
        select new FinishedSpan(
            Hex(span.TraceId), Hex(span.SpanId), Hex(span.ParentSpanId), scope.Scope.Name, span.Name, span.StartTimeUnixNano,
            TimeSpan.FromMilliseconds((span.EndTimeUnixNano - span.StartTimeUnixNano) / NanosecondsPerMillisecond))
        {
            IsError = span.Status?.Code == Failed,
            Attributes = span.Attributes.ToDictionary(pair => pair.Key, pair => Text(pair.Value), StringComparer.Ordinal),
        };

    private static string Hex(ByteString id) => Convert.ToHexStringLower(id.Span);

    private static string Text(AnyValue value) => value.ValueCase switch
    {
        AnyValue.ValueOneofCase.StringValue => value.StringValue,
        AnyValue.ValueOneofCase.IntValue => FormattableString.Invariant($"{value.IntValue}"),
        _ => value.ToString(),
    };
}
