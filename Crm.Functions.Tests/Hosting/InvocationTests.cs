using System.Net;
using System.Text;
using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Hosting;

/// <summary>Queue and timer functions have no address: nobody but the host reaches them.</summary>
public sealed class InvocationTests(TestServices services)
{
    /// <summary>All ways to spell the function's path below what the host forwards, and then some.</summary>
    public static TheoryData<string> PublicPaths =>
    [
        "/SendEmail", "/sendemail", "//SendEmail", "/api/SendEmail", "/API/SendEmail", "/Api/sendemail", "/api//SendEmail",
        "/api///SendEmail", "//api/SendEmail", "/api/SendEmail/", "/api/./SendEmail", "/api/x/../SendEmail",
        "/api/%53endEmail", "/%61pi/SendEmail", "/api%2FSendEmail", "/api/%2FSendEmail",
        "/api/%2e/SendEmail", "/api/api/SendEmail", "/api/Api/SendEmail", "/api/SendEmail?x=1",
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
    public async Task A_message_that_comes_twice_sends_one_mail()
    {
        var (org, email, to) = await PendingEmail();
        var message = JsonSerializer.Serialize(new Crm.Functions.Email.SendEmail.Message(org, email), JsonSerializerOptions.Web);
        await services.App.Queues.Send(Queues.SendEmail, message, TestContext.Current.CancellationToken);
        await services.App.Queues.Send(Queues.SendEmail, message, TestContext.Current.CancellationToken);
        await services.App.Mails(to);
        await services.App.Settled(org);
        // It is in the mailbox before its row is marked.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await Status() == "sending")
            await Task.Delay(20, patience.Token);
        Assert.Single(await services.App.Mails(to));
        Assert.Equal("sent", await Status());

        Task<string> Status() => services.App.Scalar<string>("select status from emails where id = $1", email);
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
            org.Id, id, to,
            JsonSerializer.Serialize<Crm.Functions.Email.Letter>(new Crm.Functions.Auth.PasswordChangedLetter("Ann"), Crm.Functions.Email.OutgoingEmail.Json),
            services.App.Clock.GetUtcNow().AddSeconds(-1));
        return (org.Id, id, to);
    }

    // The path goes out exactly as it is written.
    private async Task<HttpStatusCode> Raw(TestClient client, string path, string body)
    {
        var uri = new Uri(
            services.App.Address.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (client.AccessToken is not null)
            request.Headers.Authorization = new("Bearer", client.AccessToken);
        using var response = await services.App.Http.SendAsync(request);
        return response.StatusCode;
    }
}
