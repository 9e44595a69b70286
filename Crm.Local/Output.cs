using System.Globalization;
using Spectre.Console;

namespace Crm.Local;

/// <summary>What the person (or script) that started the stack sees: progress in colour on a terminal, plain lines otherwise; problems on stderr.</summary>
internal sealed class Output : IDisposable
{
    private const string ClearLine = "\r\e[2K";
    private const int Column = 16;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>How often plain output repeats what is still under way.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly IAnsiConsole _errors = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    private readonly List<Step> _steps = [];
    private readonly Timer _timer;
    private readonly bool _isLive;

    public Output()
    {
        IsInteractive = !Console.IsOutputRedirected;
        _isLive = IsInteractive && AnsiConsole.Profile.Capabilities.Ansi;
        _timer = new(_ => ShowProgress(), null, Tick, Tick);
    }

    public bool IsInteractive { get; }

    /// <summary>Runs a step: says what it is at while that takes longer than a moment, and at its end how long it took.</summary>
    /// <param name="name">What will be there.</param>
    /// <param name="doing">What it begins with; the step itself tells what comes after that.</param>
    /// <param name="run">The step.</param>
    public async Task<T> Run<T>(string name, string doing, Func<Action<string>, Task<T>> run)
    {
        var step = new Step(name, doing);
        lock (_lock)
            _steps.Add(step);
        try
        {
            var result = await run(text => step.Doing = text);
            var time = step.Time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
            Write($"[green]✓[/] {Markup.Escape(name.PadRight(Column))}[grey]{time,6} s[/]", $"{name}: ready ({time} s)");
            return result;
        }
        finally
        {
            lock (_lock)
            {
                HideStatus();
                _steps.Remove(step);
                ShowStatus();
            }
        }
    }

    public Task Run(string name, string doing, Func<Action<string>, Task> run) => Run(name, doing, async say =>
    {
        await run(say);
        return true;
    });

    public void Note(string text) => Write($"[grey]{Markup.Escape(text)}[/]", text);

    /// <summary>A line that scripts wait for: always exactly this text.</summary>
    public void Fact(string line)
    {
        lock (_lock)
        {
            HideStatus();
            Console.Out.WriteLine(line);
            Console.Out.Flush();
            ShowStatus();
        }
    }

    /// <summary>A few facts below one another.</summary>
    public void Facts(params IEnumerable<(string Name, string Value)> facts)
    {
        foreach (var (name, value) in facts)
            Fact($"  {name.PadRight(Column)}{value}");
    }

    public void Warn(string text) => WriteError("yellow", text);

    public void Error(string text) => WriteError("red", text);

    public void Dispose() => _timer.Dispose();

    private void Write(string markup, string plain)
    {
        lock (_lock)
        {
            HideStatus();
            if (IsInteractive)
                AnsiConsole.MarkupLine(markup);
            else
                Console.Out.WriteLine(plain);
            ShowStatus();
        }
    }

    private void WriteError(string colour, string text)
    {
        lock (_lock)
        {
            HideStatus();
            if (Console.IsErrorRedirected)
                Console.Error.WriteLine(text);
            else
                _errors.MarkupLine($"[{colour}]{Markup.Escape(text)}[/]");
            ShowStatus();
        }
    }

    private void ShowProgress()
    {
        lock (_lock)
        {
            if (_isLive)
            {
                ShowStatus();
                return;
            }

            foreach (var step in _steps.Where(step => step.IsWorthALine(Patience)))
                Console.Out.WriteLine(step.Line);
        }
    }

    /// <summary>The last line of a terminal: what is under way, while something is.</summary>
    private void ShowStatus()
    {
        if (!_isLive || _steps.Count == 0)
            return;
        var line = "  " + string.Join(" · ", _steps.Select(step => step.Line));
        var width = Console.WindowWidth is > 20 and var columns ? columns - 1 : 79;
        Console.Out.Write($"{ClearLine}{(line.Length > width ? line[..(width - 1)] + "…" : line)}");
    }

    private void HideStatus()
    {
        if (_isLive && _steps.Count > 0)
            Console.Out.Write(ClearLine);
    }

    private sealed class Step(string name, string doing)
    {
        private readonly long _started = TimeProvider.System.GetTimestamp();
        private string? _said;
        private TimeSpan _saidAt;

        public string Doing { get; set; } = doing;

        public TimeSpan Time => TimeProvider.System.GetElapsedTime(_started);

        public string Line => string.Create(CultureInfo.InvariantCulture, $"{name}: {Doing} ({Time.TotalSeconds:0} s)");

        /// <summary>What it is at is news, or was told long ago.</summary>
        public bool IsWorthALine(TimeSpan patience)
        {
            if (_said == Doing && Time - _saidAt < patience)
                return false;
            (_said, _saidAt) = (Doing, Time);
            return true;
        }
    }
}
