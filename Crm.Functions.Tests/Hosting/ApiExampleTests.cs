using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crm.Functions.Admin;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Uploads;

namespace Crm.Functions.Tests.Hosting;

/// <summary>The examples of the API's description, run in a demo organisation.</summary>
public sealed partial class ApiExampleTests(TestServices services)
{
    /// <summary>Operations that need a token of the moment: what their descriptions say gives it.</summary>
    private static readonly Dictionary<string, Func<TestApp, Task<string>>> Tokens = new(StringComparer.Ordinal)
    {
        ["RefreshSession"] = async app =>
        {
            var session = (await app.Anonymous.Post("/auth/login", new { email = "owner@acme.test", password = "Passw0rd!demo" })).Expect(200);
            return session.Data.GetProperty("refreshToken").GetString()!;
        },
        ["AcceptInvitation"] = Invited,
        ["PreviewInvitation"] = Invited,
        ["ShowPublicInvoice"] = PublicInvoice,
        ["PayPublicInvoice"] = PublicInvoice,
        ["DownloadPublicInvoice"] = PublicInvoice,
        ["ResetPassword"] = async app =>
        {
            (await app.Anonymous.Post("/auth/forgot-password", new { email = "staff@acme.test" })).Expect(200);
            return await FromMail(app, "staff@acme.test");
        },
    };

    [Fact]
    public async Task Every_example_runs_as_it_is_in_the_demo_organisation()
    {
        var (connection, key) = ("", "");
        await using var app = await services.StartApp(settings => (connection, key) = (settings["Database:ConnectionString"], settings["Jwt:Key"]));
        await SeedDemo.Run(
            new ConfigurationBuilder().AddInMemoryCollection([new("Database:ConnectionString", connection), new("Jwt:Key", key)]).Build(),
            CancellationToken.None);
        var document = JsonNode.Parse((await app.Anonymous.Get("/api-docs.json")).Expect(200).Body)!;
        // What deletes comes last: the others need it. So does what makes a password another one.
        var operations = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => (Path: path.Key, Method: operation.Key, Operation: operation.Value!)))
            .OrderBy(operation => operation.Method == "delete")
            .ThenBy(operation => operation.Operation["operationId"]!.GetValue<string>() is "ResetPassword" or "ChangePassword");
        var failed = new List<string>();
        foreach (var (path, method, operation) in operations.ToArray())
        {
            var function = operation["operationId"]!.GetValue<string>();
            // Stripe alone can sign it.
            if (function == "ReceivePaymentEvents")
                continue;
            var body = operation["requestBody"]?["content"]?["application/json"]?["example"]?.DeepClone();
            var token = Tokens.TryGetValue(function, out var give) ? await give(app) : null;
            if (token is not null && body is not null)
                body[function == "RefreshSession" ? "refreshToken" : "token"] = token;
            var address = path.Replace("{token}", token, StringComparison.Ordinal);
            foreach (var parameter in operation["parameters"]?.AsArray().Where(parameter => parameter!["in"]!.GetValue<string>() == "path") ?? [])
                address = address.Replace($"{{{parameter!["name"]}}}", parameter["example"]!.GetValue<string>(), StringComparison.Ordinal);
            address += Query(operation);
            // One session each: one of the examples ends its own, others all of a user's.
            var caller = await SignIn(
                app, function switch { "ChangePassword" => "manager@acme.test", "LogoutEverywhere" => "staff@acme.test", _ => "owner@acme.test" });
            var reply = await caller.Send(new HttpMethod(method), address, Form(operation) ?? (object?)body?.ToJsonString());
            if (reply.Status is < 200 or > 299)
                failed.Add($"{function}: {reply.Status} {reply.Body}");
        }

        Assert.True(failed.Count == 0, string.Join('\n', failed));
    }

    /// <summary>The parameters that have an example.</summary>
    private static string Query(JsonNode operation)
    {
        var given = (operation["parameters"]?.AsArray() ?? [])
            .Where(parameter => parameter!["in"]!.GetValue<string>() == "query" && parameter["example"] is not null)
            .Select(parameter => $"{parameter!["name"]}={(parameter["example"] is JsonArray list ? string.Join(',', list) : parameter["example"])}");
        return $"?{string.Join('&', given)}".TrimEnd('?');
    }

    /// <summary>A form of the fields that have an example.</summary>
    private static MultipartFormDataContent? Form(JsonNode operation)
    {
        if (operation["requestBody"]?["content"]?["multipart/form-data"]?["schema"]?["properties"] is not JsonObject fields)
            return null;
        var form = new MultipartFormDataContent();
        foreach (var (name, field) in fields)
        {
            var isFile = field!["format"]?.GetValue<string>() == "binary";
            if (field["examples"]?[0]?.GetValue<string>() is not { } example)
            {
                // No text shows what a picture is.
                if (isFile)
                    form.Add(new ByteArrayContent(Samples.Read("photo.jpg")), name, "photo.jpg");
                continue;
            }

            if (isFile)
                form.Add(new StringContent(example), name, "example.csv");
            else
                form.Add(new StringContent(example), name);
        }

        return form;
    }

    private static async Task<TestClient> SignIn(TestApp app, string email) =>
        await app.SignInAs(Demo.Organization, await app.Scalar<Guid>("select id from users where email = $1", email));

    private static async Task<string> PublicInvoice(TestApp app)
    {
        var invoice = (await (await SignIn(app, "owner@acme.test")).Get($"/invoices/{Demo.Invoice(1)}")).Expect(200).Data;
        return invoice.GetProperty("publicUrl").GetString()!.Split('/')[^1];
    }

    private static async Task<string> Invited(TestApp app)
    {
        var address = $"{Guid.NewGuid():N}@acme.test";
        (await (await SignIn(app, "owner@acme.test")).Post("/auth/invite", new { email = address, role = "staff" })).Expect(201);
        return await FromMail(app, address);
    }

    private static async Task<string> FromMail(TestApp app, string address)
    {
        await app.Settled();
        return InLink().Match((await app.Mails(address))[0].Text).Groups["token"].Value;
    }

    [GeneratedRegex("token=(?<token>[A-Za-z0-9_-]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex InLink();
}
