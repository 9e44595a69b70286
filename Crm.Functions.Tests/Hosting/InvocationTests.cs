using System.Net;
using System.Text;
using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Hosting;

/// <summary>What the Functions host posts to the app, and that nobody else can.</summary>
public sealed class InvocationTests(TestServices services)
{
    // As recorded from the host: the text is JSON inside a string, once or twice, or the object itself; metadata are strings or numbers.
    public static TheoryData<string> Payloads =>
    [
        """{"Data":{"message":"\"{\\\"organizationId\\\":\\\"ORG\\\",\\\"emailId\\\":\\\"EMAIL\\\"}\""},"Metadata":{"DequeueCount":"1","ExpirationTime":"2026-11-29T09:00:00+00:00","Id":"\"5d0c\"","InsertionTime":"2026-11-22T09:00:00+00:00","NextVisibleTime":"2026-11-22T09:10:00+00:00","PopReceipt":"\"AgAAAAMAAAA\"","sys":{"MethodName":"SendEmail","UtcNow":"2026-11-22T09:00:00.0000000Z","RandGuid":"c6f0"}}}""",
        """{"Data":{"message":"{\"organizationId\":\"ORG\",\"emailId\":\"EMAIL\"}"},"Metadata":{"DequeueCount":2}}""",
        """{"Data":{"message":{"organizationId":"ORG","emailId":"EMAIL"}},"Metadata":{"DequeueCount":"3"}}""",
        """{"Data":{"message":{"organizationId":"ORG","emailId":"EMAIL"}},"Metadata":{"SomethingNew":{"a":[1]},"DequeueCount":null}}""",
        """{"Data":{"queueItem":{"organizationId":"ORG","emailId":"EMAIL","unknown":1}}}""",
    ];

    [Theory]
    [MemberData(nameof(Payloads))]
    public async Task A_queue_message_is_understood_in_every_form_the_host_gives_it(string payload)
    {
        var (org, email, to) = await PendingEmail();

        var reply = (await services.App.Anonymous.Post("/SendEmail", payload.Replace("ORG", org.ToString(), StringComparison.Ordinal).Replace("EMAIL", email.ToString(), StringComparison.Ordinal))).Expect(200);

        Assert.Equal("""{"Outputs":{},"Logs":[],"ReturnValue":null}""", reply.Body);
        Assert.Equal("application/json", reply.Headers["Content-Type"]);
        Assert.Single(await services.App.Mails(to));
        Assert.Equal("sent", await services.App.Scalar<string>("select status from emails where id = $1", email));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"Data":{}}""")]
    [InlineData("""{"Data":{"message":null},"Metadata":{}}""")]
    [InlineData("""{"Data":{"message":"\"plain text\""},"Metadata":{}}""")]
    [InlineData("""{"Data":{"message":{"organizationId":"x"}},"Metadata":{}}""")]
    public async Task A_message_that_cannot_be_read_fails_the_invocation(string payload) =>
        (await services.App.Anonymous.Post("/SendEmail", payload)).Expect(500, "INTERNAL_ERROR");

    [Theory]
    [InlineData("""{"Data":{"timer":{"Schedule":{"AdjustForDST":true},"ScheduleStatus":{"Last":"2026-11-22T09:00:00.0000000Z","LastUpdated":"2026-11-22T09:00:00.0000000Z","Next":"2026-11-22T09:01:00.0000000Z"},"IsPastDue":false}},"Metadata":{"sys":{"MethodName":"SweepEmails","UtcNow":"2026-11-22T09:00:00.0000000Z","RandGuid":"1"}}}""")]
    [InlineData("""{"Data":{"timer":{"Schedule":{},"ScheduleStatus":null,"IsPastDue":true}},"Metadata":{}}""")]
    public async Task A_timer_is_understood_on_time_and_late(string payload) =>
        Assert.Equal("""{"Outputs":{},"Logs":[],"ReturnValue":null}""", (await services.App.Anonymous.Post("/SweepEmails", payload)).Expect(200).Body);

    /// <summary>All ways to spell the function's path below what the host forwards, and then some.</summary>
    public static TheoryData<string> PublicPaths =>
    [
        "/api/SendEmail", "/API/SendEmail", "/Api/sendemail", "/api//SendEmail", "/api///SendEmail", "//api/SendEmail", "/api/SendEmail/", "/api/./SendEmail", "/api/x/../SendEmail",
        "/api/%53endEmail", "/%61pi/SendEmail", "/api%2FSendEmail", "/api/%2FSendEmail", "/api/%2e/SendEmail", "/api/api/SendEmail", "/api/Api/SendEmail", "/api/SendEmail?x=1",
        "/api/SendEmail%20", "/api/SendEmail%00", "/api/SendEmail;x=1", "/api/\\SendEmail", "/api/..%2FSendEmail", "/api/%252FSendEmail",
    ];

    [Theory]
    [MemberData(nameof(PublicPaths))]
    public async Task Nothing_public_reaches_a_function_of_the_host(string path)
    {
        var (org, email, _) = await PendingEmail();
        var owner = (await services.App.NewOrganization()).Owner;

        foreach (var client in new[] { services.App.Anonymous, owner })
        {
            var status = await Raw(client, path, $$$"""{"Data":{"message":{"organizationId":"{{{org}}}","emailId":"{{{email}}}"}},"Metadata":{}}""");
            Assert.True(status is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{path}: {status}");
        }

        Assert.Equal(0, await services.App.Scalar<int>("select attempts from emails where id = $1", email));
    }

    [Fact]
    public async Task The_host_is_not_slowed_down_and_needs_no_token()
    {
        var (org, email, to) = await PendingEmail();
        var payload = $$$"""{"Data":{"message":{"organizationId":"{{{org}}}","emailId":"{{{email}}}"}},"Metadata":{}}""";
        // Twice, as every queue may: one mail.
        (await services.App.Anonymous.Post("/SendEmail", payload)).Expect(200);
        (await services.App.Anonymous.Post("/SendEmail", payload)).Expect(200);
        Assert.Single(await services.App.Mails(to));
    }

    /// <summary>A mail that would go out if its function were called; its queue message is not sent.</summary>
    private async Task<(Guid Organization, Guid Email, string To)> PendingEmail()
    {
        var org = await services.App.NewOrganization();
        var id = Guid.CreateVersion7();
        var to = $"{id:N}@example.test";
        await services.App.Sql(
            """
            insert into emails (organization_id, id, kind, recipient, data, due_at, created_at)
            values ($1, $2, 'PasswordChanged', $3, $4::jsonb, $5, $5)
            """,
            org.Id, id, to, JsonSerializer.Serialize<Crm.Functions.Email.Letter>(new Crm.Functions.Email.PasswordChangedLetter("Ann"), Crm.Functions.Email.OutgoingEmail.Json), services.App.Clock.GetUtcNow().AddSeconds(-1));
        return (org.Id, id, to);
    }

    // The path goes out exactly as it is written.
    private async Task<HttpStatusCode> Raw(TestClient client, string path, string body)
    {
        var uri = new Uri(services.App.Address.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (client.AccessToken is not null)
            request.Headers.Authorization = new("Bearer", client.AccessToken);
        using var response = await services.App.Http.SendAsync(request);
        return response.StatusCode;
    }
}
