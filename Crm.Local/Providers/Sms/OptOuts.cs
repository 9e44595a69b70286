namespace Crm.Local.Providers.Sms;

/// <summary>The numbers that texted STOP, which the vendor then refuses to write to, until they text START. With a file they outlive the stack.</summary>
internal sealed class OptOuts
{
    private static readonly HashSet<string> Stop = new(StringComparer.OrdinalIgnoreCase)
    {
        "STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL",
    };

    private static readonly HashSet<string> Start = new(StringComparer.OrdinalIgnoreCase) { "START", "UNSTOP", "YES" };
    private readonly Lock _lock = new();
    private readonly HashSet<string> _numbers;
    private readonly string? _file;

    public OptOuts(string? file)
    {
        _file = file;
        _numbers = new(file is not null && File.Exists(file) ? File.ReadLines(file) : [], StringComparer.Ordinal);
    }

    public bool Contains(string number)
    {
        lock (_lock)
            return _numbers.Contains(number);
    }

    /// <summary>What the vendor reads in a text from a number.</summary>
    public void Read(string number, string text)
    {
        lock (_lock)
        {
            var changed = Stop.Contains(text.Trim()) ? _numbers.Add(number) : Start.Contains(text.Trim()) && _numbers.Remove(number);
            if (changed && _file is not null)
                File.WriteAllLines(_file, _numbers);
        }
    }
}
