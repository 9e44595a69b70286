using System.Text;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Hosting;

/// <summary>Whatever goes wrong, the answer is our envelope, at the root and under /api.</summary>
public sealed class ErrorTests(TestServices services)
{
    public static TheoryData<string> Prefixes => ["", "/api", "/API"];

    [Theory]
    [MemberData(nameof(Prefixes))]
    public async Task Every_refusal_has_one_shape(string prefix)
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var foreign = await other.AddContact(other.Owner);
        var colleagues = await org.AddContact(org.Owner, "Ann", "ann@example.com");

        Check(await org.Owner.Post($"{prefix}/contacts", "{}"), 400, "VALIDATION_ERROR");
        Check(await services.App.Anonymous.Get($"{prefix}/contacts"), 401, "UNAUTHORIZED");
        Check(await new TestClient(services.App, "abc").Get($"{prefix}/contacts"), 401, "UNAUTHORIZED");
        Check(await org.Staff.Post($"{prefix}/auth/invite", new { email = "a@example.com", role = "staff" }), 403, "FORBIDDEN");
        Check(await org.Staff.Get($"{prefix}/contacts/{colleagues}"), 403, "FORBIDDEN");
        Check(await org.Owner.Get($"{prefix}/contacts/{foreign}"), 404, "CONTACT_NOT_FOUND");
        Check(await org.Owner.Get($"{prefix}/contacts/12"), 404, "NOT_FOUND");
        Check(await org.Owner.Get($"{prefix}/nowhere"), 404, "NOT_FOUND");
        Check(await services.App.Anonymous.Get($"{prefix}/nowhere"), 404, "NOT_FOUND");
        Check(await org.Owner.Send(HttpMethod.Put, $"{prefix}/contacts/{colleagues}", "{}"), 405, "METHOD_NOT_ALLOWED");
        Check(await org.Owner.Delete($"{prefix}/contacts"), 405, "METHOD_NOT_ALLOWED");
        Check(await org.Owner.Post($"{prefix}/contacts", new { email = "ann@example.com" }), 409, "CONTACT_DUPLICATE");
        Check(await org.Owner.Post($"{prefix}/contacts", new StringContent("name=Ann", Encoding.UTF8, "text/plain")), 415, "UNSUPPORTED_MEDIA_TYPE");
        Check(await org.Owner.Post($"{prefix}/contacts", new ByteArrayContent([1])), 415, "UNSUPPORTED_MEDIA_TYPE");
    }

    [Fact]
    public async Task A_body_over_10_MiB_is_refused()
    {
        var org = await services.App.NewOrganization();
        using var body = new StringContent($$"""{"name":"Ann","notes":"{{new string('x', 10 * 1024 * 1024)}}"}""", Encoding.UTF8, "application/json");
        Check(await org.Owner.Post("/contacts", body), 413, "PAYLOAD_TOO_LARGE");
        using var keyed = new StringContent($$"""{"name":"Ann","notes":"{{new string('x', 10 * 1024 * 1024)}}"}""", Encoding.UTF8, "application/json");
        Check(await org.Owner.Post("/contacts", keyed, ("Idempotency-Key", Guid.NewGuid().ToString())), 413, "PAYLOAD_TOO_LARGE");
    }

    [Theory]
    [InlineData("/contacts")]
    [InlineData("/contacts/import")]
    public async Task A_body_of_unknown_length_is_counted_as_it_comes(string path)
    {
        var org = await services.App.NewOrganization();
        var start = path == "/contacts" ? "{\"name\":\"Ann\",\"notes\":\"" : "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n";
        using var body = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(start + new string('x', 20 * 1024 * 1024))));
        body.Headers.ContentType = path == "/contacts"
            ? new("application/json")
            : System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        request.Headers.TransferEncodingChunked = true;
        request.Headers.Authorization = new("Bearer", org.Owner.AccessToken);

        using var response = await services.App.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(413, (int)response.StatusCode);
        Assert.Contains("PAYLOAD_TOO_LARGE", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_crash_shows_nothing_of_itself()
    {
        await using var app = await services.StartApp();
        var org = await app.NewOrganization();
        await app.Sql("drop table products cascade");
        var reply = await org.Owner.Get("/products", ("X-Request-Id", "crash-1"));
        Check(reply, 500, "INTERNAL_ERROR");
        Assert.Equal("crash-1", reply.Headers["X-Request-Id"]);
        Assert.DoesNotContain("Exception", reply.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "body", "A JSON body is required.")]
    [InlineData("{\"email\":", "body", "The body is not valid JSON.")]
    [InlineData("{\"email\":\"a\"", "body", "The body is not valid JSON.")]
    [InlineData("{email:1}", "body", "The body is not valid JSON.")]
    [InlineData("hello", "body", "The body is not valid JSON.")]
    [InlineData("{\"tags\":[\"a\",}", "body", "The body is not valid JSON.")]
    [InlineData("[]", "body", "The body must be a JSON object.")]
    [InlineData("\"text\"", "body", "The body must be a JSON object.")]
    [InlineData("null", "body", "A JSON body is required.")]
    [InlineData("{\"email\":5}", "email", "email must be a text.")]
    [InlineData("{\"tags\":[\"a\",5]}", "tags[1]", "tags[1] must be a text.")]
    [InlineData("{\"allowDuplicate\":\"yes\"}", "allowDuplicate", "allowDuplicate must be true or false.")]
    [InlineData("{\"ownerId\":\"12\"}", "ownerId", "ownerId must be an id, which is a UUID.")]
    [InlineData("{\"ownerId\":5}", "ownerId", "ownerId must be a text.")]
    [InlineData("{\"tags\":\"a\"}", "tags", "tags must be a list.")]
    public async Task A_body_that_cannot_be_read_says_why(string body, string field, string message)
    {
        var org = await services.App.NewOrganization();
        var reply = (await org.Owner.Post("/contacts", body)).Expect(400, "VALIDATION_ERROR");
        Assert.Equal([field], reply.Fields);
        Assert.Equal(message, reply.Json.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("/tasks", "{\"title\":\"a\",\"dueDate\":\"soon\"}", "dueDate must be a date or a time, such as 2026-11-24 or 2026-11-24T10:00:00Z.")]
    [InlineData("/tasks", "{\"title\":\"a\",\"dueDate\":5}", "dueDate must be a date or a time, such as 2026-11-24 or 2026-11-24T10:00:00Z.")]
    [InlineData("/deals", "{\"title\":\"a\",\"value\":\"much\"}", "value must be a number.")]
    [InlineData("/deals", "{\"title\":\"a\",\"probability\":1.5}", "probability must be a whole number.")]
    [InlineData("/contacts/bulk", "{\"action\":\"delete\",\"filter\":5}", "filter must be an object.")]
    public async Task A_value_of_the_wrong_type_is_told_the_right_one(string path, string body, string message)
    {
        var org = await services.App.NewOrganization();
        Assert.Equal(message, (await org.Owner.Post(path, body)).Expect(400, "VALIDATION_ERROR").Json.GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_refused_method_says_which_are_taken()
    {
        var org = await services.App.NewOrganization();
        Assert.Equal(
            "GET, POST", string.Join(", ", (await org.Owner.Delete("/contacts")).Expect(405).Headers["Allow"].Split(", ").Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("my-request.1_A", true)]
    [InlineData("has space", false)]
    [InlineData("a\"b", false)]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789", false)]
    public async Task A_harmless_request_id_is_kept(string id, bool kept)
    {
        var org = await services.App.NewOrganization();
        foreach (var path in new[] { "/contacts", "/contacts?page=0", "/contacts/12", "/health" })
        {
            var given = (await org.Owner.Get(path, ("X-Request-Id", id))).Headers["X-Request-Id"];
            Assert.Equal(kept, given == id);
            Assert.NotEmpty(given);
        }
    }

    [Fact]
    public async Task Every_answer_has_a_request_id_and_exposes_its_headers_and_none_allows_an_origin()
    {
        var org = await services.App.NewOrganization();
        var replies = new[]
        {
            await org.Owner.Get("/contacts", ("Origin", "https://app.example.com")), await org.Owner.Get("/contacts?page=0"),
            await org.Owner.Post("/contacts", "{"), await org.Owner.Get("/nowhere"),
            await services.App.Anonymous.Get("/contacts"), await services.App.Anonymous.Post("/SendEmail", "{}"),
            await services.App.Anonymous.Get("/api-docs/index.html"),
        };
        foreach (var reply in replies)
        {
            Assert.True(reply.Headers.ContainsKey("X-Request-Id"), reply.Request);
            Assert.Contains("X-Request-Id", reply.Headers["Access-Control-Expose-Headers"], StringComparison.Ordinal);
            Assert.DoesNotContain(reply.Headers.Keys, name => name.StartsWith("Access-Control-Allow", StringComparison.OrdinalIgnoreCase));
            Assert.False(reply.Headers.ContainsKey("Server"));
        }
    }

    [Fact]
    public async Task The_root_leads_to_the_documentation()
    {
        Assert.Equal("/api-docs", (await services.App.Anonymous.Get("/")).Expect(302).Headers["Location"]);
        Assert.Equal("/api/api-docs", (await services.App.Anonymous.Get("/api")).Expect(302).Headers["Location"]);
        await using var without = await services.StartApp(settings => settings["ApiDocs:Enabled"] = "false");
        var json = (await without.Anonymous.Get("/")).Expect(200).Json;
        Assert.Equal("Crm", json.GetProperty("name").GetString());
        Assert.Equal("/health", json.GetProperty("health").GetString());
        Check(await without.Anonymous.Get("/api-docs"), 404, "NOT_FOUND");
    }

    [Fact]
    public async Task The_probes_answer()
    {
        (await services.App.Anonymous.Get("/health")).Expect(200);
        (await services.App.Anonymous.Get("/ready")).Expect(200);
        (await services.App.Anonymous.Get("/api/health")).Expect(200);
    }

    [Fact]
    public async Task HEAD_is_GET_without_the_body()
    {
        var org = await services.App.NewOrganization();
        foreach (var path in new[] { "/contacts", "/api/contacts", "/nowhere", "/settings/organization" })
        {
            var (get, head) = (await org.Owner.Get(path), await org.Owner.Send(HttpMethod.Head, path, null));
            Assert.Equal(get.Status, head.Status);
            Assert.Equal(get.Headers["Content-Type"], head.Headers["Content-Type"]);
            Assert.Equal(get.Headers.GetValueOrDefault("ETag"), head.Headers.GetValueOrDefault("ETag"));
            Assert.Empty(head.Body);
        }
    }

    [Fact]
    public async Task A_database_that_is_down_is_503()
    {
        await using var app = await services.StartApp(
            settings => settings["Database:ConnectionString"] = $"Host=127.0.0.1;Port={Crm.Local.Services.Ports.Free()};Database=none");
        var org = await services.App.NewOrganization();
        Check(await new TestClient(app, org.Owner.AccessToken).Get("/contacts"), 503, "OVERLOADED");
        Check(await app.Anonymous.Get("/ready"), 503, "OVERLOADED");
        (await app.Anonymous.Get("/health")).Expect(200);
    }

    private static void Check(TestReply reply, int status, string code)
    {
        reply.Expect(status, code);
        var json = reply.Json;
        Assert.StartsWith("application/json", reply.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.False(json.GetProperty("success").GetBoolean());
        Assert.Equal(json.GetProperty("error").GetProperty("message").GetString(), json.GetProperty("message").GetString());
        Assert.Equal(reply.Headers["X-Request-Id"], json.GetProperty("requestId").GetString());
        if (status == 400)
            Assert.NotEmpty(reply.Fields);
    }
}
