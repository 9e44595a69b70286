using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.EndToEnd;

/// <summary>The newcomer's path, through the public port of the local stack, with the app as it is built and as it is published.</summary>
public sealed partial class NewcomerTests
{
    private const string Password = "Passw0rd!demo";

    [Fact]
    public async Task The_built_app_works_from_sign_in_to_the_invited_colleague()
    {
        await using var stack = await LocalStackProcess.Start();
        await Walk(stack);
        Assert.Empty(await stack.Stop());
    }

    [Fact]
    public async Task The_published_folder_works_when_it_is_started_as_the_host_starts_it()
    {
        var folder = Directory.CreateTempSubdirectory("crm-published-").FullName;
        await Publish(folder);
        await using (var stack = await LocalStackProcess.Start("--app", folder))
        {
            await Walk(stack);
            Assert.Empty(await stack.Stop());
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task Walk(LocalStackProcess stack)
    {
        using var http = new HttpClient { BaseAddress = new Uri(stack.Api) };

        var owner = await SignIn(http, "owner@acme.test", Password);
        Assert.Equal("Acme", (await Get(http, owner, "/auth/me")).GetProperty("organization").GetProperty("name").GetString());
        Assert.Equal(200, (await Get(http, owner, "/contacts?pageSize=1")).GetProperty("meta").GetProperty("pagination").GetProperty("total").GetInt32());

        await Send(http, owner, HttpMethod.Post, "/auth/invite", new { email = "nina@acme.test", role = "staff", name = "Nina New" });
        var token = await InvitationToken(stack, "nina@acme.test");
        Assert.Equal("Acme", (await Get(http, null, $"/auth/invitations/{token}/preview")).GetProperty("organizationName").GetString());
        await Send(http, null, HttpMethod.Post, "/auth/accept-invitation", new { token, name = "Nina New", password = "a fine new password" });

        var nina = await SignIn(http, "nina@acme.test", "a fine new password");
        Assert.Equal(0, (await Get(http, nina, "/contacts")).GetProperty("meta").GetProperty("pagination").GetProperty("total").GetInt32());
        var contact = await Send(http, nina, HttpMethod.Post, "/contacts", new { name = "Carl First", email = "carl@first.example" });
        var path = $"/contacts/{contact.GetProperty("id").GetGuid()}";
        await Send(http, nina, HttpMethod.Patch, path, new { status = "customer" });
        Assert.Equal(2, (await Get(http, owner, $"/api{path}/timeline")).GetProperty("timeline").GetArrayLength());

        Assert.Equal("text/html", (await http.GetAsync("/api-docs/index.html")).Content.Headers.ContentType!.MediaType);
        Assert.Equal("text/html", (await http.GetAsync($"/accept-invitation?token={token}")).Content.Headers.ContentType!.MediaType);
        foreach (var hidden in new[] { "/SendEmail", "/api/SendEmail", "/RunTimers", "/api/RunTimers" })
            Assert.Equal(404, (int)(await http.PostAsJsonAsync(hidden, new { Data = new { message = "{}" } })).StatusCode);
    }

    private static async Task<string> SignIn(HttpClient http, string email, string password) =>
        (await Send(http, null, HttpMethod.Post, "/auth/login", new { email, password })).GetProperty("accessToken").GetString()!;

    private static Task<JsonElement> Get(HttpClient http, string? token, string path) => Send(http, token, HttpMethod.Get, path, null);

    private static async Task<JsonElement> Send(HttpClient http, string? token, HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        request.Content = body is null ? null : JsonContent.Create(body);
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement.GetProperty("data");
    }

    private static async Task<string> InvitationToken(LocalStackProcess stack, string to)
    {
        using var http = new HttpClient { BaseAddress = new Uri(stack.Providers) };
        for (var tries = 0; tries < 200; tries++)
        {
            var mails = await http.GetFromJsonAsync<JsonElement>($"/mailbox.json?to={to}&kind=email");
            if (mails.GetArrayLength() > 0)
                return Token().Match(mails[0].GetProperty("text").GetString()!).Groups["token"].Value;
            await Task.Delay(100);
        }

        throw new InvalidOperationException($"No mail came to {to}.");
    }

    private static async Task Publish(string folder)
    {
        using var publish = Process.Start(new ProcessStartInfo("dotnet", [
            "publish", "Crm.Functions", "-c", "Release", "-r", "linux-x64", "--self-contained", "false", "-o", folder, "--nologo",
        ])
        {
            WorkingDirectory = Repository.Root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var output = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        Assert.True(publish.ExitCode == 0, output);
    }

    [GeneratedRegex("token=(?<token>[A-Za-z0-9_-]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Token();
}
