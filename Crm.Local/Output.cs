using System.Globalization;
using Spectre.Console;

namespace Crm.Local;

/// <summary>What the person (or script) that started the stack sees: progress in colour on a terminal, plain lines otherwise; problems on stderr.</summary>
internal sealed class Output
{
    private readonly Lock _lock = new();
    private readonly IAnsiConsole _errors = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    public bool IsInteractive { get; } = !Console.IsOutputRedirected;

    /// <summary>Runs a step and says that it is done and how long it took.</summary>
    public async Task<T> StepAsync<T>(string name, Func<Task<T>> step)
    {
        var started = TimeProvider.System.GetTimestamp();
        var result = await step();
        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        Write($"[green]✓[/] {Markup.Escape(name)} [grey]{seconds} s[/]", $"{name} ({seconds} s)");
        return result;
    }

    public void Note(string text) => Write($"[grey]{Markup.Escape(text)}[/]", text);

    /// <summary>A line that scripts wait for: always exactly this text.</summary>
    public void Fact(string line)
    {
        lock (_lock)
        {
            Console.Out.WriteLine(line);
            Console.Out.Flush();
        }
    }

    public void Warn(string text) => WriteError("yellow", text);

    public void Error(string text) => WriteError("red", text);

    public void Welcome(Uri api, Uri providers, bool demo)
    {
        if (!IsInteractive)
        {
            return;
        }

        var table = new Grid().AddColumn().AddColumn();
        table.AddRow("API docs", new Uri(api, "/api-docs").ToString());
        table.AddRow("Mailbox", new Uri(providers, "/mailbox").ToString());
        if (demo)
        {
            table.AddRow("Sign in as", "owner@acme.test, manager@acme.test or staff@acme.test, password Passw0rd!demo");
        }

        table.AddRow("Stop", "Ctrl-C");
        lock (_lock)
        {
            AnsiConsole.Write(new Panel(table).Header(" The CRM is running ").RoundedBorder());
        }
    }

    private void Write(string markup, string plain)
    {
        lock (_lock)
        {
            if (IsInteractive)
            {
                AnsiConsole.MarkupLine(markup);
            }
            else
            {
                Console.Out.WriteLine(plain);
            }
        }
    }

    private void WriteError(string colour, string text)
    {
        lock (_lock)
        {
            if (Console.IsErrorRedirected)
            {
                Console.Error.WriteLine(text);
            }
            else
            {
                _errors.MarkupLine($"[{colour}]{Markup.Escape(text)}[/]");
            }
        }
    }
}
