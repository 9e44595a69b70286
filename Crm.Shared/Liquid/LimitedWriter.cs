using System.Text;
using Fluid;

namespace Crm.Shared.Liquid;

/// <summary>What a template is rendered into: ten thousand steps could write gigabytes.</summary>
internal sealed class LimitedWriter : TextWriter
{
    private const int Longest = 2_000_000;

    private readonly StringBuilder _text = new();

    public override Encoding Encoding => Encoding.Unicode;

    public override void Write(char value) => Room(1).Append(value);

    public override void Write(char[] buffer, int index, int count) => Room(count).Append(buffer, index, count);

    public override void Write(ReadOnlySpan<char> buffer) => Room(buffer.Length).Append(buffer);

    public override void Write(string? value) => Room(value?.Length ?? 0).Append(value);

    public override Task WriteAsync(string? value)
    {
        Write(value);
        return Task.CompletedTask;
    }

    public override string ToString() => _text.ToString();

    private StringBuilder Room(int more) =>
        _text.Length + more <= Longest ? _text : throw new FluidException($"The text grows longer than {Longest} characters");
}
