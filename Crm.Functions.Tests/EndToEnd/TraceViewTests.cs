using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Crm.Functions.Tests.EndToEnd;

/// <summary>The local stack with --trace.</summary>
public sealed partial class TraceViewTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_is_shown_as_a_tree_of_its_function_its_statements_and_what_followed_in_a_queue()
    {
        await using var stack = await LocalStackProcess.Start("--trace");
        using var http = new HttpClient { BaseAddress = new(stack.Api) };
        using var login = await http.PostAsJsonAsync("/auth/login", new { email = "owner@acme.test", password = "Passw0rd!demo" }, Ct);
        var token = (await login.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("data").GetProperty("accessToken").GetString();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var invited = await http.PostAsJsonAsync("/auth/invite", new { email = "new@acme.test", role = "staff" }, Ct);
        Assert.Equal(HttpStatusCode.Created, invited.StatusCode);

        var tree = await Tree(stack, "POST /auth/invite 201  ");

        Assert.Matches(Time("  InviteUser"), tree[1]);
        Assert.Contains(tree, line => Statement().IsMatch(line));
        Assert.Contains(tree, line => line.StartsWith("    send send-email  ", StringComparison.Ordinal));
        Assert.Contains(tree, line => line.TrimStart().StartsWith("process SendEmail  ", StringComparison.Ordinal));
        Assert.Contains(tree, line => line.TrimStart().StartsWith("sendgrid Send accepted  ", StringComparison.Ordinal));
        Assert.DoesNotContain(stack.Output, line => line.Contains("SweepOutbox", StringComparison.Ordinal));
    }

    // A line of it, and what is indented under that; the mail may have been sent in a second, or later.
    private static async Task<IReadOnlyList<string>> Tree(LocalStackProcess stack, string root)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var lines = stack.Output.SkipWhile(line => !line.StartsWith(root, StringComparison.Ordinal))
                .TakeWhile(line => line.StartsWith(root, StringComparison.Ordinal) || line.StartsWith(' ') || line.StartsWith('…')).ToList();
            if (lines.Exists(line => line.Contains("sendgrid", StringComparison.Ordinal)))
                return lines;
            Assert.False(patience.IsCancellationRequested, string.Join('\n', stack.Output));
            await Task.Delay(100, Ct);
        }
    }

    private static string Time(string words) => $@"^{words}  \d+\.\d ms$";

    [GeneratedRegex(@"^    sql Auth/InviteUser\.cs:\d+ \S.*  \d+\.\d ms$", RegexOptions.None, 1000)]
    private static partial Regex Statement();
}
