using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.EndToEnd;

/// <summary>The local stack as its user meets it: what it says, what it keeps, what it leaves behind, and the README's tour of it.</summary>
public sealed partial class LocalStackTests
{
    private static readonly TimeSpan TourLimit = TimeSpan.FromMinutes(2);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_says_what_it_does_and_then_what_to_open()
    {
        await using var stack = await LocalStackProcess.Start();

        Assert.StartsWith("Starting the CRM", stack.Output[0], StringComparison.Ordinal);
        foreach (var step in new[] { "PostgreSQL", "Queues", "Files", "Database", "Function app" })
            Assert.Contains(stack.Output, line => line.StartsWith($"{step}: ready (", StringComparison.Ordinal));
        string[] facts =
        [
            $"Ready: {stack.Api}",
            $"  API docs        {stack.Api}/api-docs",
            $"  Mailbox         {stack.Providers}/mailbox",
            "  Demo accounts   owner@acme.test  manager@acme.test  staff@acme.test",
            "  Their password  Passw0rd!demo",
        ];
        Assert.Equal(facts, stack.Output.SkipWhile(line => !line.StartsWith("Ready:", StringComparison.Ordinal)).Take(facts.Length));
    }

    [Fact]
    public async Task Help_describes_every_option()
    {
        var help = await Run("dotnet", typeof(Crm.Local.StackClock).Assembly.Location, "--help");

        foreach (var option in new[] { "--port", "--providers-port", "--data", "--no-demo", "--func", "--verbose", "--trace", "--app" })
            Assert.Matches($@"(?m)^\s+{option}( <[^>]+>)?\s+[A-Z'].{{20,}}", help);
    }

    [Fact]
    public async Task Killed_it_leaves_no_process_and_the_next_start_has_its_mails_and_its_accounts_with_the_vendors()
    {
        var data = Directory.CreateTempSubdirectory("crm-kept-").FullName;
        string[] accounts;
        await using (var first = await LocalStackProcess.StartWith(data))
        {
            using var http = new HttpClient();
            (await http.PostAsJsonAsync($"{first.Api}/auth/forgot-password", new { email = "staff@acme.test" }, Ct)).EnsureSuccessStatusCode();
            while ((await Mails(first)).GetArrayLength() == 0)
                await Task.Delay(100, Ct);
            accounts = await Accounts(data);
            Assert.Empty(await first.Kill());
        }

        await using (var second = await LocalStackProcess.RunWith(data))
        {
            Assert.Equal("Choose a new password", Assert.Single((await Mails(second)).EnumerateArray()).GetProperty("subject").GetString());
            Assert.Equal(accounts, await Accounts(data));
            Assert.Equal(1, (await Ledger(second)).GetProperty("messages").GetInt32());
            Assert.Empty(await second.Kill());
        }

        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task The_tour_of_the_README_works_and_works_again()
    {
        await using var stack = await LocalStackProcess.Start();
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"), Ct);
        var (from, to) = (readme.IndexOf("## A tour", StringComparison.Ordinal), readme.IndexOf("## How it is put together", StringComparison.Ordinal));
        var blocks = Shell().Matches(readme[from..to]);
        var tour = string.Concat(blocks.Select(block => block.Groups["code"].Value))
            .Replace("http://127.0.0.1:7071", stack.Api, StringComparison.Ordinal)
            .Replace("http://127.0.0.1:7072", stack.Providers, StringComparison.Ordinal);
        var answers = Regex.Count(tour, @"\| jq", RegexOptions.None, TimeSpan.FromSeconds(1));
        Assert.True(answers > 10, tour);

        // Whole answers the first time; the second time as a reader with jq sees them, where there is one.
        var first = await Run("bash", "-euo", "pipefail", "-c", $"jq() {{ cat; echo; }}\n{tour}");
        Assert.Equal(answers, Regex.Count(first, "\"success\":true", RegexOptions.None, TimeSpan.FromSeconds(1)));
        Assert.Contains("not-an-address", first, StringComparison.Ordinal);
        Assert.Contains("200 image/png ", first, StringComparison.Ordinal);
        Assert.Contains("Id,First name,Last name,Email,", first, StringComparison.Ordinal);
        var second = await Run("bash", "-euo", "pipefail", "-c", $"command -v jq > /dev/null || jq() {{ cat; echo; }}\n{tour}");
        Assert.DoesNotMatch("\"success\": ?false", first + second);
        Assert.DoesNotMatch(@"(?m)^null$|: null,?\s+""(created|errors)""", second);
        Assert.Contains("\"undoing\"", second, StringComparison.Ordinal);
    }

    private static async Task<string[]> Accounts(string data)
    {
        using var settings = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(data, "local.settings.json"), Ct));
        var values = settings.RootElement.GetProperty("Values");
        string[] names = ["SendGrid__WebhookPublicKey", "SendGrid__InboundSecret", "Twilio__AccountSid", "Twilio__AuthToken", "INBOUND_DOMAIN", "Twilio__From"];
        var accounts = names.Select(name => values.GetProperty(name).GetString()!).ToArray();
        Assert.All(accounts, account => Assert.NotEmpty(account));
        return accounts;
    }

    private static async Task<JsonElement> Ledger(LocalStackProcess stack)
    {
        using var http = new HttpClient();
        return await http.GetFromJsonAsync<JsonElement>($"{stack.Providers}/simulate/ledger?kind=email&to=staff@acme.test");
    }

    private static async Task<JsonElement> Mails(LocalStackProcess stack)
    {
        using var http = new HttpClient();
        return await http.GetFromJsonAsync<JsonElement>($"{stack.Providers}/mailbox.json?to=staff@acme.test");
    }

    private static async Task<string> Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TourLimit);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, output + await errors);
        return output;
    }

    [GeneratedRegex("^```sh\n(?<code>.+?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Shell();
}
