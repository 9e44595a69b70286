using System.CommandLine;
using System.Text.Json;
using Crm.Functions.Hosting;
using Crm.Functions.OpenApi;
using Crm.Shared.Database;

namespace Crm.Functions.Admin;

/// <summary>The subcommands of the app: they run wherever it is deployed.</summary>
public static class AdminCommands
{
    private static readonly Option<FileInfo?> Settings = new("--settings")
    {
        Description = "A local.settings.json to read settings from; else the environment.",
        Recursive = true,
    };

    /// <summary>Whether the arguments name a command; otherwise the app serves. (A host names the app's own file first where it is self-contained.)</summary>
    public static bool Given(string[] args) =>
        args is [var first, ..]
        && (!first.StartsWith("--", StringComparison.Ordinal) || first is "--help" or "--version" or "--settings")
        && !first.EndsWith(".dll", StringComparison.Ordinal);

    public static Task<int> Run(string[] args)
    {
        var root = new RootCommand("Crm: a CRM backend as an Azure Functions app. Without a command it is the worker that the Functions host starts.")
        {
            Settings, Migrate(), CreateLoginsCommand(), OpenApi(), CreateOwnerCommand(), SeedDemoCommand(), RedriveCommand(),
        };
        return root.Parse(args).InvokeAsync();
    }

    private static Command Migrate()
    {
        var command = new Command("migrate", "Brings the database to the schema of this version.");
        command.SetAction(async (parsed, ct) =>
        {
            var applied = await Migrator.Migrate(DatabaseSetup.ConnectionString(Configuration(parsed)), ct);
            Console.WriteLine(applied.Count == 0 ? "The schema is up to date." : $"Applied {string.Join(", ", applied)}.");
        });
        return command;
    }

    private static Command OpenApi()
    {
        var command = new Command("openapi", "Prints the API's OpenAPI document.");
        command.SetAction(async (_, _) => Console.WriteLine(await ApiDocument.Of(CrmApp.Build([]).Services)));
        return command;
    }

    private static Command CreateOwnerCommand()
    {
        var organization = new Option<string>("--organization") { Description = "The organisation's name.", Required = true };
        var email = new Option<string>("--email") { Description = "The owner's e-mail, with which they sign in.", Required = true };
        var name = new Option<string>("--name") { Description = "The owner's full name.", Required = true };
        var timezone = new Option<string>("--timezone")
        {
            Description = "The organisation's time zone, such as Europe/Berlin; its country is guessed from it.",
            DefaultValueFactory = _ => "UTC",
        };
        var command = new Command(
            "create-owner", "Creates an organisation and its owner. The password is read from standard input; without one a one-time link is printed.")
        {
            organization, email, name, timezone,
        };
        command.SetAction(async (parsed, ct) =>
        {
            var password = Console.IsInputRedirected ? (await Console.In.ReadToEndAsync(ct)).TrimEnd('\r', '\n') : "";
            return await CreateOwner.Run(
                Configuration(parsed), parsed.GetRequiredValue(organization), parsed.GetRequiredValue(email),
                parsed.GetRequiredValue(name), parsed.GetRequiredValue(timezone), password, ct);
        });
        return command;
    }

    private static Command CreateLoginsCommand()
    {
        var name = new Option<string>("--name") { Description = "The beginning of their names.", DefaultValueFactory = _ => "crm_login" };
        var command = new Command(
            "create-logins",
            "Makes the logins with which the app's connection pools sign in, or gives them a new password. The password is read from standard input; "
            + "Database__ConnectionString is the owner's, as for migrate.")
        {
            name,
        };
        command.SetAction(async (parsed, ct) =>
        {
            var password = (await Console.In.ReadToEndAsync(ct)).TrimEnd('\r', '\n');
            return await CreateLogins.Run(DatabaseSetup.ConnectionString(Configuration(parsed)), parsed.GetRequiredValue(name), password, ct);
        });
        return command;
    }

    private static Command RedriveCommand()
    {
        var queue = new Option<string?>("--queue") { Description = "The queue whose messages go back. Without it: what lies in the poison queues." };
        var command = new Command("redrive", "Puts messages that failed five times back into their queue, once what they failed of is mended.") { queue };
        command.SetAction(async (parsed, ct) => await Redrive.Run(Configuration(parsed), parsed.GetValue(queue), Console.Out, ct));
        return command;
    }

    private static Command SeedDemoCommand()
    {
        var command = new Command("seed-demo", "Fills an empty database with a demo organisation.");
        command.SetAction(async (parsed, ct) => await SeedDemo.Run(Configuration(parsed), ct));
        return command;
    }

    /// <summary>Ends a command that could not be carried out: says why, and returns its exit code.</summary>
    internal static async Task<int> Fail(string message)
    {
        await Console.Error.WriteLineAsync(message);
        return 1;
    }

    private static IConfiguration Configuration(ParseResult parsed)
    {
        var builder = new ConfigurationBuilder().AddEnvironmentVariables();
        if (parsed.GetValue(Settings) is { } file)
        {
            using var settings = JsonDocument.Parse(File.ReadAllText(file.FullName));
            builder.AddInMemoryCollection(settings.RootElement.GetProperty("Values").EnumerateObject()
                .Select(value => new KeyValuePair<string, string?>(value.Name.Replace("__", ":", StringComparison.Ordinal), value.Value.ToString()))
                // Read before the document is gone.
                .ToArray());
        }

        return builder.Build();
    }
}
