using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crm.Functions.Auth;
using Crm.Functions.Tests.Fixture;
using Table = Crm.Functions.Auth.Permissions;

namespace Crm.Functions.Tests.Hosting;

public sealed class ApiDocsTests(TestServices services)
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public async Task The_committed_document_is_the_apps()
    {
        var text = JsonSerializer.Serialize(await Document(), Indented).ReplaceLineEndings("\n") + "\n";
        await Committed.Compare("docs/openapi.json", text, "ApiDocsTests");
    }

    [Fact]
    public async Task Every_operation_says_what_a_client_must_know()
    {
        var document = await Document();
        Assert.StartsWith("3.1", document["openapi"]!.GetValue<string>(), StringComparison.Ordinal);
        var functions = services.App.Endpoints.OfType<RouteEndpoint>()
            .ToDictionary(endpoint => endpoint.Metadata.GetRequiredMetadata<IEndpointNameMetadata>().EndpointName, StringComparer.Ordinal);
        var wrong = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (path, method, operation) in Operations(document))
        {
            var id = operation["operationId"]?.GetValue<string>() ?? "";
            seen.Add(id);
            Check(functions.ContainsKey(id), "is no function's name");
            Check(!string.IsNullOrWhiteSpace(operation["summary"]?.GetValue<string>()), "has no summary");
            Check(operation["tags"] is JsonArray { Count: 1 }, "has no tag");
            var answers = operation["responses"]!.AsObject();
            Check(answers.Any(answer => answer.Key[0] == '2'
                && answer.Value!["content"]?.AsObject().All(content => content.Value!["schema"] is not null) == true), "has no typed answer");
            Check(
                answers["default"]?["content"]?["application/json"]?["schema"]?["$ref"]?.GetValue<string>() == "#/components/schemas/Error",
                "does not show the error");
            var isOpen = functions.TryGetValue(id, out var endpoint)
                && endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Authorization.IAllowAnonymous>() is not null;
            Check(isOpen == (operation["security"] is JsonArray { Count: 0 }), "does not say who may call it");
            Check(isOpen || answers.ContainsKey("401"), "does not show 401");
            Check(endpoint?.Metadata.GetMetadata<AllowAttribute>() is not { } allow || !IsForSome(allow) || answers.ContainsKey("403"), "does not show 403");
            Check(answers.All(answer => !string.IsNullOrWhiteSpace(answer.Value!["description"]?.GetValue<string>())), "has an answer without a description");
            // Who has a link and no sign-in is told what became of it, and nothing of ids.
            Check(!path.Contains('{') || answers.ContainsKey(path.Contains("{token}", StringComparison.Ordinal) ? "410" : "404"), "does not show 404, or 410");
            Check(!Takes("If-Match") || answers.ContainsKey("409"), "takes a version and does not show 409");
            Check(Takes("Idempotency-Key") == (method == "post" && !isOpen), "does not say whether it takes a key");
            Check(!Takes("Idempotency-Key") || answers.ContainsKey("409"), "takes a key and does not show 409");
            Check(operation["requestBody"] is not { } body
                || body["content"]?["application/json"]?["example"] is not null || IsForm(body), "has a body without an example");
            foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
            {
                var name = parameter!["name"]!.GetValue<string>();
                Check(!string.IsNullOrWhiteSpace(parameter["description"]?.GetValue<string>()), $"does not describe {name}");
                Check(parameter["in"]!.GetValue<string>() != "path" || parameter["example"] is not null, $"has no example of {name}");
                Check(parameter["in"]!.GetValue<string>() == "header" || char.IsLower(name[0]), $"has a parameter {name} in another case");
                Check(parameter["in"]!.GetValue<string>() != "query" || parameter["required"]?.GetValue<bool>() != true, $"says that {name} is required");
            }

            bool Takes(string header) => operation["parameters"]?.AsArray().Any(parameter => parameter!["name"]!.GetValue<string>() == header) == true;

            void Check(bool holds, string fault)
            {
                if (!holds)
                    wrong.Add($"{method.ToUpperInvariant()} {path} ({id}) {fault}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        // Pages, links in mails, and what vendors call.
        string[] undescribed =
        [
            "AcceptInvitationPage", "ResetPasswordPage", "ReportsPage", "TrackOpen", "TrackClick", "UnsubscribePage", "Unsubscribe",
            "ReceiveMailEvents", "ReceiveMail", "ReceiveSmsStatus", "ReceiveSms", "DownloadExport",
        ];
        Assert.Equal(undescribed.Order(StringComparer.Ordinal), functions.Keys.Except(seen, StringComparer.Ordinal).Order(StringComparer.Ordinal));

        static bool IsForSome(AllowAttribute allow) => Enum.GetValues<Role>().Any(role => Table.Of(allow.Permission).Of(role) == Reach.None);

        static bool IsForm(JsonNode body) =>
            body["content"]?["multipart/form-data"]?["schema"]?["properties"]?.AsObject().All(field => field.Value!["description"] is not null) == true;
    }

    [Fact]
    public async Task Chapters_and_paths_stand_in_the_order_of_the_guide()
    {
        var document = await Document();
        string[] chapters =
        [
            "Auth", "Dashboard", "Contacts", "Deals", "Pipelines", "Tasks", "Settings", "Team", "Products", "Templates", "Invoices", "Uploads",
            "Campaigns", "Inbox", "Notifications", "Suppressions", "Reports", "Exports", "Webhook endpoints", "Audit", "Webhooks", "Health",
        ];
        Assert.Equal(chapters, document["tags"]!.AsArray().Select(tag => tag!["name"]!.GetValue<string>()));
        Assert.All(document["tags"]!.AsArray(), tag => Assert.NotEmpty(tag!["description"]!.GetValue<string>()));
        var paths = Operations(document)
            .Select(operation => (Chapter: operation.Operation["tags"]![0]!.GetValue<string>(), operation.Path, operation.Method)).ToArray();
        string[] methods = ["get", "post", "patch", "delete"];
        var inOrder = paths
            .OrderBy(path => Array.IndexOf(chapters, path.Chapter))
            .ThenBy(path => path.Path, StringComparer.Ordinal)
            .ThenBy(path => Array.IndexOf(methods, path.Method));
        Assert.Equal(inOrder, paths);
    }

    [Fact]
    public async Task An_operation_shows_the_refusals_that_its_code_can_return_and_no_others()
    {
        var paths = (await Document())["paths"]!;
        Assert.Equal(["CONTACT_NOT_FOUND"], Codes("/contacts/{id}", "get", "404"));
        Assert.Equal(["CONTACT_DUPLICATE", "VERSION_CONFLICT"], Codes("/contacts/{id}", "patch", "409"));
        Assert.Equal(["INVITATION_EXPIRED"], Codes("/auth/accept-invitation", "post", "410"));
        Assert.Equal(["INVALID_CREDENTIALS"], Codes("/auth/login", "post", "401"));
        Assert.Equal(["TOO_MANY_ATTEMPTS", "TOO_MANY_REQUESTS"], Codes("/auth/login", "post", "429"));
        Assert.Equal(["IDEMPOTENCY_KEY_REUSED", "IDEMPOTENCY_IN_PROGRESS", "IDEMPOTENCY_REPLY_LOST"], Codes("/tasks", "post", "409"));
        Assert.Empty(Codes("/settings/profile", "patch", "409"));
        Assert.Empty(Codes("/pipelines", "get", "403"));
        Assert.Equal(["FORBIDDEN", "CANNOT_MODIFY_SELF"], Codes("/settings/team/{userId}", "patch", "403"));

        IEnumerable<string> Codes(string path, string method, string status) =>
            Regex.Matches(
                paths[path]![method]!["responses"]![status]?["description"]?.GetValue<string>() ?? "", "^- `(?<code>[A-Z_]+)`: .+$",
                RegexOptions.Multiline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Select(match => match.Groups["code"].Value);
    }

    [Fact]
    public async Task Every_field_is_described_and_nothing_that_a_request_needs_may_be_null()
    {
        var document = await Document();
        var schemas = document["components"]!["schemas"]!.AsObject();
        var requests = Operations(document).Select(operation => operation.Operation["requestBody"]).SelectMany(References).ToHashSet(StringComparer.Ordinal);
        for (var before = -1; before < requests.Count;)
        {
            before = requests.Count;
            requests.UnionWith(requests.ToArray().SelectMany(name => References(schemas[name])));
        }

        var wrong = new List<string>();
        foreach (var (name, schema) in schemas)
        {
            foreach (var (field, of) in schema!["properties"]?.AsObject() ?? [])
            {
                var described = of!["description"]
                    ?? (References(of).FirstOrDefault() is { } type && of["$ref"] is not null ? schemas[type]!["description"] : null);
                if (string.IsNullOrWhiteSpace(described?.GetValue<string>()))
                    wrong.Add($"{name}.{field} has no description");
                var isNeeded = schema["required"]?.AsArray().Any(needed => needed!.GetValue<string>() == field) == true;
                if (requests.Contains(name) && isNeeded && (of["type"] is JsonArray || of["oneOf"] is not null || of["nullable"] is not null))
                    wrong.Add($"{name}.{field} is needed and may be null");
                if (field is "expectedCloseDate" && of["format"]?.GetValue<string>() != "date")
                    wrong.Add($"{name}.{field} is not a date");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Contains("CreateContactRequest", requests);
        Assert.Contains(requests, name => name.EndsWith("Filter", StringComparison.Ordinal));

        static IEnumerable<string> References(JsonNode? node) =>
            Nodes(node).OfType<JsonObject>().Select(part => part["$ref"]).OfType<JsonValue>()
                .Select(value => value.GetValue<string>()["#/components/schemas/".Length..]);
    }

    [Fact]
    public async Task Forms_show_their_fields_and_downloads_their_type()
    {
        var paths = (await Document())["paths"]!;
        var form = paths["/contacts/import"]!["post"]!["requestBody"]!["content"]!["multipart/form-data"]!["schema"]!;
        Assert.Equal(["file", "mapping", "dryRun", "onDuplicate", "tags", "source", "ownerId"], form["properties"]!.AsObject().Select(field => field.Key));
        Assert.Equal(
            ("binary", "file"), (form["properties"]!["file"]!["format"]!.GetValue<string>(), Assert.Single(form["required"]!.AsArray())!.GetValue<string>()));
        Assert.Equal(
            "string", paths["/contacts/import/{id}/errors"]!["get"]!["responses"]!["200"]!["content"]!["text/csv"]!["schema"]!["type"]!.GetValue<string>());
    }

    [Fact]
    public async Task Every_reference_leads_somewhere_and_every_schema_has_a_type()
    {
        var document = await Document();
        var schemas = document["components"]!["schemas"]!.AsObject();
        var references = Nodes(document).OfType<JsonObject>().Select(node => node["$ref"]).OfType<JsonValue>()
            .Select(value => value.GetValue<string>()).Distinct(StringComparer.Ordinal);
        Assert.All(
            references, reference => Assert.True(schemas.ContainsKey(reference.Replace("#/components/schemas/", "", StringComparison.Ordinal)), reference));
        Assert.All(schemas, schema => Assert.True(schema.Value!["type"] is not null, schema.Key));
        Assert.All(schemas, schema => Assert.Matches("^[A-Z][A-Za-z]+$", schema.Key));
    }

    [Fact]
    public async Task Schemas_say_what_the_rules_say()
    {
        var document = await Document();
        var schemas = document["components"]!["schemas"]!;
        var create = schemas["CreateContactRequest"]!;
        Assert.Null(create["required"]);
        Assert.Equal(100, create["properties"]!["firstName"]!["maxLength"]!.GetValue<int>());
        Assert.Equal("email", create["properties"]!["email"]!["format"]!.GetValue<string>());
        Assert.Equal(50, create["properties"]!["tags"]!["maxItems"]!.GetValue<int>());
        Assert.Equal(
            ["lead", "prospect", "customer", "active", "inactive"],
            create["properties"]!["status"]!["enum"]!.AsArray().Select(word => word!.GetValue<string>()));
        var update = schemas["UpdateContactRequest"]!["properties"]!;
        Assert.Equal("""["null","string"]""", update["company"]!["type"]!.ToJsonString());
        Assert.Equal("\"string\"", update["status"]!["type"]!.ToJsonString());
        Assert.Equal(
            ["description", "type"],
            schemas["AddTimelineEntryRequest"]!["required"]!.AsArray().Select(name => name!.GetValue<string>()).Order(StringComparer.Ordinal));
        Assert.Equal("\"integer\"", schemas["Contact"]!["properties"]!["version"]!["type"]!.ToJsonString());
        Assert.Equal("\"string\"", schemas["Contact"]!["properties"]!["createdAt"]!["type"]!.ToJsonString());
        Assert.Equal(
            """{"enum":["lead","prospect","customer","active","inactive"],"type":"string"}""",
            schemas["ContactFilter"]!["properties"]!["status"]!["items"]!.ToJsonString());
        Assert.Equal("date", schemas["CreateDealRequest"]!["properties"]!["expectedCloseDate"]!["format"]!.GetValue<string>());
        Assert.Equal("date", schemas["Deal"]!["properties"]!["expectedCloseDate"]!["format"]!.GetValue<string>());
        Assert.Null(schemas["CreateTaskRequest"]!["properties"]!["dueDate"]!["format"]);
        Assert.Equal("\"string\"", schemas["CreateDealRequest"]!["properties"]!["contactId"]!["type"]!.ToJsonString());
        Assert.True(schemas["ContactReply"]!["properties"]!["success"]!["enum"]![0]!.GetValue<bool>());
        Assert.Contains("company", schemas["Contact"]!["required"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Equal("""["null","string"]""", schemas["Contact"]!["properties"]!["company"]!["type"]!.ToJsonString());
        Assert.Equal("#/components/schemas/Contact", schemas["ContactReply"]!["properties"]!["data"]!["$ref"]!.GetValue<string>());

        var list = Parameters("/contacts", "get");
        Assert.Equal(["search", "status", "tags", "tagsMode", "source", "ownerId", "page", "pageSize", "cursor", "sortBy", "sortOrder"], list.Keys);
        Assert.Equal("lead", list["status"]["schema"]!["items"]!["enum"]![0]!.GetValue<string>());
        Assert.Equal("any", list["tagsMode"]["schema"]!["enum"]![0]!.GetValue<string>());
        Assert.Contains("Idempotency-Key", Parameters("/contacts", "post").Keys);
        Assert.Contains("If-None-Match", Parameters("/contacts/{id}", "get").Keys);
        Assert.Contains("If-Match", Parameters("/contacts/{id}", "patch").Keys);
        Assert.NotNull(document["paths"]!["/contacts/{id}"]!["get"]!["responses"]!["200"]!["headers"]!["ETag"]);
        Assert.NotNull(document["paths"]!["/auth/accept-invitation"]!["post"]!["responses"]!["201"]);

        Dictionary<string, JsonNode> Parameters(string path, string method) =>
            document["paths"]![path]![method]!["parameters"]!.AsArray()
                .ToDictionary(parameter => parameter!["name"]!.GetValue<string>(), parameter => parameter!, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/api")]
    public async Task Swagger_UI_is_served_with_all_it_needs(string prefix)
    {
        var page = (await services.App.Anonymous.Get($"{prefix}/api-docs/index.html")).Expect(200);
        Assert.Equal("api-docs/index.html", (await services.App.Anonymous.Get($"{prefix}/api-docs")).Expect(301).Headers["Location"]);
        Assert.StartsWith("text/html", page.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Contains("swagger-ui", page.Body, StringComparison.Ordinal);
        foreach (var asset in new[] { "swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "index.js", "index.css" })
            Assert.NotEmpty((await services.App.Anonymous.Get($"{prefix}/api-docs/{asset}")).Expect(200).Body);
        // Relative, so that it is found below /api too.
        Assert.Contains("../api-docs.json", (await services.App.Anonymous.Get($"{prefix}/api-docs/index.js")).Body, StringComparison.Ordinal);
        (await services.App.Anonymous.Get($"{prefix}/api-docs.json")).Expect(200);
        (await services.App.Anonymous.Get($"{prefix}/api-docs/nothing.js")).Expect(404, "NOT_FOUND");
    }

    [Fact]
    public async Task The_documentation_can_be_switched_off()
    {
        await using var app = await services.StartApp(settings => settings["ApiDocs:Enabled"] = "false");
        (await app.Anonymous.Get("/api-docs")).Expect(404);
        (await app.Anonymous.Get("/api-docs.json")).Expect(404);
    }

    private async Task<JsonNode> Document() => JsonNode.Parse((await services.App.Anonymous.Get("/api-docs.json")).Expect(200).Body)!;

    private static IEnumerable<(string Path, string Method, JsonNode Operation)> Operations(JsonNode document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (path.Key, operation.Key, operation.Value!);

    private static IEnumerable<JsonNode?> Nodes(JsonNode? node) => node switch
    {
        JsonObject fields => fields.SelectMany(field => Nodes(field.Value)).Prepend(node),
        JsonArray items => items.SelectMany(Nodes).Prepend(node),
        _ => [node],
    };
}
