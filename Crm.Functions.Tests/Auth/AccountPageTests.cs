using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Auth;

/// <summary>The small pages behind the links in mails.</summary>
public sealed partial class AccountPageTests(TestServices services)
{
    [Theory]
    [InlineData("/accept-invitation", "/auth/accept-invitation")]
    [InlineData("/reset-password", "/auth/reset-password")]
    public async Task What_is_wrong_is_said_in_sentences_and_not_in_field_names(string address, string route)
    {
        var page = (await services.App.Anonymous.Get($"{address}?token=none")).Expect(200).Body;
        Assert.DoesNotContain("/*page", page, StringComparison.Ordinal);
        object[] bodies =
        [
            new { token = "none", name = "Ann", password = "short", confirmPassword = "short" },
            new { token = "none", name = "Ann", password = "password123", confirmPassword = "password123" },
            new { token = "none", name = "Ann", password = new string('x', 129), confirmPassword = "" },
            new { token = "none", name = " ", password = "", confirmPassword = "" },
            new { token = "", name = new string('x', 300), password = "a fine new password", confirmPassword = "a fine new password" },
            new { token = "none", name = "Ann", password = "a fine new password", confirmPassword = "another new password" },
            new { token = "none", name = "Ann", password = "a fine new password", confirmPassword = "a fine new password" },
        ];
        var replies = new List<string>();
        foreach (var body in bodies)
            replies.Add((await services.App.Anonymous.Post(route, body)).Expect(400).Body);

        var shown = await Show(page, replies);

        Assert.Equal("The password must be at least 8 characters.", shown[0]);
        Assert.Equal("The password is one of the most common ones: choose another.", shown[1]);
        Assert.All(shown, text => Assert.Matches("^[A-Z].*[.]$", text));
        Assert.All(shown, text => Assert.DoesNotMatch("firstName|confirmPassword|(^|[.] )(password|name|token) ", text));
    }

    /// <summary>What the page's own code makes of answers.</summary>
    private static async Task<string[]> Show(string page, IEnumerable<string> replies)
    {
        var script = Script().Match(page).Groups["code"].Value;
        var lines = Words().Match(script).Value;
        Assert.NotEmpty(lines);
        using var node = Process.Start(new ProcessStartInfo("node", ["-e", $"{lines}\nconsole.log(JSON.stringify([{string.Join(',', replies)}].map(reasons)))"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        return JsonSerializer.Deserialize<string[]>(output)!;
    }

    [GeneratedRegex("<script>(?<code>.+)</script>", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Script();

    // From the table of words to the end of the function that uses it: what needs no document.
    [GeneratedRegex("const words =.+?const reasons =[^\n]+", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Words();
}
