using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Auth;

/// <summary>The admin commands that make organisations, run as an operator runs them.</summary>
public sealed partial class CreateOwnerTests(TestServices services) : IAsyncLifetime
{
    private const string Address = "https://crm.test";

    private string _connection = "";
    private TestApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await services.StartApp(settings => _connection = settings["Database:ConnectionString"]);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task With_a_password_on_standard_input_the_owner_signs_in_with_it()
    {
        var run = await Run(
            "create-owner --organization", "Müller & Söhne", "--email Olivia@Acme.test --name", "Olivia Van Owens", input: " a passphrase, blanks and all \n");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal("Müller & Söhne is ready: Olivia@Acme.test can sign in.\n", run.Output);
        Assert.DoesNotContain("passphrase", run.Output + run.Error, StringComparison.Ordinal);

        var user = (await _app.Login("olivia@acme.test", " a passphrase, blanks and all ")).Expect(200).Data.GetProperty("user");

        Assert.Equal("owner", user.GetProperty("role").GetString());
        Assert.Equal("Olivia Van", user.GetProperty("firstName").GetString());
        Assert.Equal("Owens", user.GetProperty("lastName").GetString());
        Assert.Equal("olivia@acme.test", user.GetProperty("email").GetString());
        Assert.Equal("Müller & Söhne", user.GetProperty("organization").GetProperty("name").GetString());
        Assert.Equal(5, await _app.Scalar<long>("select count(*) from templates where is_system"));
        Assert.Equal("m-ller-s-hne", await _app.Scalar<string>("select slug from organizations"));
    }

    [Fact]
    public async Task Without_a_password_a_link_is_printed_that_sets_it_once()
    {
        var run = await Run("create-owner --organization", "Acme", "--email owner@acme.test --name", "Olivia");
        Assert.True(run.ExitCode == 0, run.Error);
        var token = Token().Match(run.Output).Groups["token"].Value;
        Assert.Equal(
            $"Acme is ready. owner@acme.test sets a password here, once, within seven days: https://crm.test/reset-password?token={token}\n", run.Output);
        (await _app.Login("owner@acme.test", "")).Expect(400);
        _app.Clock.Advance(TimeSpan.FromDays(6.9));

        (await _app.Anonymous.Post("/auth/reset-password", new { token, password = "a new and better one" })).Expect(200);
        (await _app.Anonymous.Post("/auth/reset-password", new { token, password = "yet another password" })).Expect(400, "RESET_INVALID");

        (await _app.Login("owner@acme.test", "a new and better one")).Expect(200);
    }

    [Fact]
    public async Task Input_that_will_not_do_is_refused_and_leaves_nothing_behind()
    {
        Assert.True((await Run("create-owner --organization", "Acme", "--email owner@acme.test --name", "Olivia", input: "a good passphrase")).ExitCode == 0);
        // The same name is fine, the same address is not.
        Assert.True((await Run("create-owner --organization", "Acme", "--email second@acme.test --name", "Oscar", input: "a good passphrase")).ExitCode == 0);

        await IsRefused("There is an account with the e-mail OWNER@acme.test already.", "Acme Two", "OWNER@acme.test", "Olivia", "a good passphrase");
        await IsRefused("owner is not an e-mail address.", "Acme", "owner", "Olivia", "a good passphrase");
        await IsRefused("--organization and --name must not be blank.", " ", "third@acme.test", "Olivia", "a good passphrase");
        await IsRefused("password must be at least 8 characters.", "Acme", "third@acme.test", "Olivia", "short");
        await IsRefused("password is one of the most common ones: choose another.", "Acme", "third@acme.test", "Olivia", "password123\n");
        await IsRefused("Mars/Olympus is not a time zone", "Acme", "third@acme.test --timezone Mars/Olympus", "Olivia", "a good passphrase");
        await IsRefused("Set Jwt__Key", "Acme", "third@acme.test", "Olivia", "", key: "weak");
        await IsRefused("Set PUBLIC_BASE_URL", "Acme", "third@acme.test", "Olivia", "", address: "");

        Assert.Equal("2 2", await _app.Scalar<string>("select concat_ws(' ', (select count(*) from organizations), (select count(*) from users))"));
        Assert.Equal(2, await _app.Scalar<long>("select count(distinct slug) from organizations where slug ~ '^acme(-[0-9a-f-]{13})?$'"));
    }

    [Theory]
    [InlineData("Europe/Berlin", "Europe/Berlin DE")]
    [InlineData("asia/calcutta", "Asia/Calcutta IN")]
    [InlineData("UTC", "UTC US")]
    [InlineData(null, "UTC US")]
    public async Task The_country_is_the_one_the_time_zone_lies_in(string? zone, string kept)
    {
        var run = await Run(
            "create-owner --organization", "Acme",
            $"--email owner@acme.test{(zone is null ? "" : $" --timezone {zone}")} --name", "Olivia", input: "a good passphrase");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(kept, await _app.Scalar<string>("select timezone || ' ' || country from organizations"));
    }

    [Fact]
    public async Task The_demo_organisation_is_made_once()
    {
        var first = await Run("seed-demo");
        var second = await Run("seed-demo");

        Assert.True(first.ExitCode == 0 && second.ExitCode == 0, first.Error + second.Error);
        Assert.Equal("Demo accounts: owner@acme.test, manager@acme.test, staff@acme.test; password Passw0rd!demo\n", first.Output);
        Assert.Equal(first.Output, second.Output);
        Assert.Equal("1 3 200", await _app.Scalar<string>(
            """
            select concat_ws(' ',
                (select count(*) from organizations),
                (select count(*) from users where status = 'active'),
                (select count(*) from contacts))
            """));
        Assert.Equal("America/New_York US", await _app.Scalar<string>("select timezone || ' ' || country from organizations"));
        foreach (var role in new[] { "owner", "manager", "staff" })
            Assert.Equal(role, (await _app.Login($"{role}@acme.test", "Passw0rd!demo")).Expect(200).Data.GetProperty("user").GetProperty("role").GetString());
    }

    [Fact]
    public async Task Settings_are_read_from_the_file_that_is_named()
    {
        var file = Path.GetTempFileName();
        try
        {
            var values = new Dictionary<string, string>
            {
                ["Database__ConnectionString"] = _connection,
                ["PUBLIC_BASE_URL"] = "https://from-the-file.test",
            };
            await File.WriteAllTextAsync(
                file, JsonSerializer.Serialize(new { IsEncrypted = false, Values = values }), TestContext.Current.CancellationToken);
            var run = await Run(["create-owner", "--settings", file, "--organization", "Acme", "--email", "filed@acme.test", "--name", "Olivia"], "", null);
            Assert.True(run.ExitCode == 0, run.Error);
            Assert.Contains("https://from-the-file.test/reset-password?token=", run.Output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task IsRefused(string message, string organization, string email, string name, string password, string? key = null, string address = Address)
    {
        var run = await Run(["create-owner", "--organization", organization, .. $"--email {email} --name".Split(' '), name], password, key, address);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("", run.Output);
        Assert.StartsWith(message, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private Task<(int ExitCode, string Output, string Error)> Run(
        string words, string organization, string moreWords, string name, string input = "", string? key = null) =>
        Run([.. words.Split(' '), organization, .. moreWords.Split(' '), name], input, key);

    private Task<(int ExitCode, string Output, string Error)> Run(string command) => Run([command], "", null);

    private Task<(int ExitCode, string Output, string Error)> Run(string[] arguments, string input, string? key, string address = Address)
    {
        var settings = new Dictionary<string, string>
        {
            ["Database__ConnectionString"] = _connection,
            ["Jwt__Key"] = key ?? "the-tests-own-signing-key-0123456789",
            ["PUBLIC_BASE_URL"] = address,
        };
        return AdminCommand.Run(arguments, settings, input);
    }

    [GeneratedRegex(@"\?token=(?<token>[\w-]{43})\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token();
}
