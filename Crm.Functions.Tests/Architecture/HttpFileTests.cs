using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Functions.Admin;
using Crm.Functions.Sending;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Architecture;

/// <summary>The requests beside the code, for editors that run them: of every route, and working.</summary>
public sealed partial class HttpFileTests(TestServices services)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly string App = Path.Combine(Repository.Root, "Crm.Functions");

    private static IEnumerable<string> Files => Directory.EnumerateFiles(App, "*.http", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    [Fact]
    public void Every_folder_has_requests_of_all_its_routes()
    {
        var routes = Directory.EnumerateFiles(App, "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Trigger().Matches(File.ReadAllText(file)).Select(match => (Folder: Path.GetDirectoryName(file)!, Route: Route.Of(match))))
            .ToArray();
        var wrong = new List<string>();
        foreach (var folder in routes.GroupBy(route => route.Folder))
        {
            var requests = Directory.EnumerateFiles(folder.Key, "*.http").SelectMany(HttpFile.Read).ToArray();
            if (requests.FirstOrDefault() is not { Name: "login", Path: "/auth/login" })
                wrong.Add($"{folder.Key} has no .http file whose first request signs in.");
            wrong.AddRange(folder.Where(route => !requests.Any(route.Route.Fits)).Select(route => $"{folder.Key} has no request {route.Route}."));
        }

        var known = routes.Select(route => route.Route).ToArray();
        var strange = Files.SelectMany(HttpFile.Read).Where(request => !known.Any(route => route.Fits(request)));
        wrong.AddRange(strange.Select(request => $"{request.Method} {request.Path} is no route."));
        // The list of all routes holds the same ones, so none was overlooked here.
        var listed = File.ReadLines(Path.Combine(Repository.Root, "docs", "functions.txt"))
            .Select(line => Listed().Match(line))
            .Where(match => match.Success)
            .Select(match => Route.Of(match).ToString());
        Assert.Equal(listed.Order(StringComparer.Ordinal), known.Select(route => route.ToString()).Order(StringComparer.Ordinal));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Every_request_runs_in_the_demo_organisation()
    {
        var (connection, key) = ("", "");
        await using var app = await services.StartApp(settings =>
        {
            (connection, key) = (settings["Database:ConnectionString"], settings["Jwt:Key"]);
            SignedVendors.SetUp(settings);
        });
        await SeedDemo.Run(
            new ConfigurationBuilder().AddInMemoryCollection([new("Database:ConnectionString", connection), new("Jwt:Key", key)]).Build(),
            CancellationToken.None);
        var failed = new List<string>();
        foreach (var file in Files)
        {
            var answers = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
            foreach (var request in HttpFile.Read(file))
            {
                var reply = await Send(app, request, answers);
                // A link leads on.
                if (reply.Status is (< 200 or > 299) and not 302)
                    failed.Add($"{Path.GetFileName(file)}: {request.Method} {request.Address}: {reply.Status} {reply.Body}");
                else if (request.Name is { } name)
                    answers[name] = reply.Json;
            }
        }

        Assert.True(failed.Count == 0, string.Join('\n', failed));
    }

    /// <summary>Sends a request; again and again while what it is about is not ready for it.</summary>
    private static async Task<TestReply> Send(TestApp app, HttpFileRequest request, Dictionary<string, JsonElement> answers)
    {
        var recipient = request.Path.StartsWith("/t/", StringComparison.Ordinal) || request.Path.StartsWith("/u/", StringComparison.Ordinal)
            ? await DemoRecipient(app)
            : new Dictionary<string, string>(StringComparer.Ordinal);
        var token = request.Address.Contains("{{token}}", StringComparison.Ordinal) || request.Body?.Contains("{{token}}", StringComparison.Ordinal) == true
            ? await Token(app, request.Path, answers)
            : "";
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var text = request.Body is null ? "" : Fill(request.Body);
            var headers = request.Headers.Select(header => (header.Name, Value: header.Value == "{{signature}}" ? "" : Fill(header.Value))).ToArray();
            HttpContent? body = null;
            if (request.Body is not null)
            {
                var type = MediaTypeHeaderValue.Parse(headers.Single(header => header.Name == "Content-Type").Value);
                // The parts of a form are lines as HTTP writes them.
                text = text.ReplaceLineEndings(type.MediaType == "multipart/form-data" ? "\r\n" : "\n") + "\r\n";
                body = new ByteArrayContent(HttpFile.Bytes(text, request.Folder)) { Headers = { ContentType = type } };
            }

            headers =
            [
                .. headers.Select(header => header.Value.Length > 0
                    ? header
                    : (header.Name, SignedVendors.Sign(header.Name, Fill(request.Address), text))),
            ];
            var reply = await app.Anonymous.Send(new(request.Method), Fill(request.Address), body, [.. headers.Where(header => header.Name != "Content-Type")]);
            if (reply is not { Status: 409, Code: "INVALID_STATUS" } || patience.IsCancellationRequested)
                return reply;
            await Task.Delay(50);
        }

        string Fill(string text) => HttpFile.Fill(text, variable => variable switch
        {
            "api" => "",
            "token" => token,
            "timestamp" => SignedVendors.Timestamp,
            "secret" => SignedVendors.InboundSecret,
            "recipient" or "leaver" => recipient[variable],
            "$guid" => Guid.NewGuid().ToString(),
            _ => HttpFile.Find(variable, answers),
        });
    }

    /// <summary>The tokens in the links of a mail.</summary>
    private static async Task<Dictionary<string, string>> DemoRecipient(TestApp app)
    {
        var (key, campaign, delivery) = (new byte[] { 1, 2, 3 }, Guid.CreateVersion7(), Guid.CreateVersion7());
        await app.Sql(
            """
            with campaign as (
                insert into campaigns (organization_id, id, name, type, creator_id, token_key, created_at, updated_at)
                values ($1, $2, 'Spring', 'email', $3, $4, now(), now())),
            link as (
                insert into campaign_links (organization_id, campaign_id, number, url) values ($1, $2, 1, 'https://acme.test/spring'))
            insert into deliveries (organization_id, id, channel, contact_id, campaign_id, state, created_at, sent_at)
            values ($1, $5, 'email', $6, $2, 'sent', now(), now())
            """,
            Demo.Organization, campaign, Demo.Owner, key, delivery, Demo.Contact(2));
        string Of(string purpose) => RecipientTokens.Of(key, Demo.Organization, delivery, purpose);
        return new(StringComparer.Ordinal) { ["recipient"] = Of(RecipientTokens.Track), ["leaver"] = Of(RecipientTokens.Unsubscribe) };
    }

    /// <summary>The token from the link in a mail, which a person would paste.</summary>
    private static async Task<string> Token(TestApp app, string path, Dictionary<string, JsonElement> answers)
    {
        if (path.Contains("/exports/", StringComparison.Ordinal))
            return await DemoExport.Token(app);
        if (path.Contains("/invoices/", StringComparison.Ordinal))
        {
            var sender = new TestClient(app, HttpFile.Find("login.response.body.$.accessToken", answers));
            return (await sender.Get($"/invoices/{Demo.Invoice(1)}")).Expect(200).Data.GetProperty("publicUrl").GetString()!.Split('/')[^1];
        }

        var ofReset = path.Contains("reset", StringComparison.Ordinal);
        var address = ofReset ? "staff@acme.test" : $"{Guid.NewGuid():N}@acme.test";
        var owner = new TestClient(app, HttpFile.Find("login.response.body.$.accessToken", answers));
        if (ofReset)
            (await app.Anonymous.Post("/auth/forgot-password", new { email = address })).Expect(200);
        else
            (await owner.Post("/auth/invite", new { email = address, role = "staff" })).Expect(201);
        await app.Settled();
        return InLink().Match((await app.Mails(address))[0].Text).Groups["token"].Value;
    }

    private sealed record Route(string Method, string Template)
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);
        private readonly Regex _path = new($"^/{Regex.Replace(Template, @"\{[^}]+\}", "[^/]+", RegexOptions.None, Limit)}$", RegexOptions.None, Limit);

        public static Route Of(Match match) => new(match.Groups["method"].Value.ToUpperInvariant(), match.Groups["route"].Value);

        public bool Fits(HttpFileRequest request) => request.Method == Method && _path.IsMatch(request.Path);

        public override string ToString() => $"{Method} /{Template}";
    }

    [GeneratedRegex("""HttpTrigger\(Anonymous, "(?<method>[a-z]+)", Route = "(?<route>[^"]*)"\)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Trigger();

    [GeneratedRegex(@"^(?<method>GET|POST|PATCH|DELETE)\s+/(?<route>\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Listed();

    [GeneratedRegex("token=(?<token>[A-Za-z0-9_-]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex InLink();
}
