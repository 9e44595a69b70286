using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Settings;

public sealed class SystemTests(TestServices services)
{
    [Fact]
    public async Task An_owner_sees_the_build_and_how_long_it_runs()
    {
        var org = await services.App.NewOrganization();
        var before = DateTimeOffset.UtcNow;

        var system = (await org.Owner.Get("/settings/system")).Expect(200).Data;

        Assert.Matches("^[0-9]+\\.[0-9]+\\.[0-9]+$", system.GetProperty("version").GetString());
        Assert.True(system.GetProperty("commit").GetString() is null or { Length: >= 7 });
        Assert.Equal("Production", system.GetProperty("environment").GetString());
        var started = system.GetProperty("startedAt").GetDateTimeOffset();
        Assert.InRange(system.GetProperty("uptimeSeconds").GetInt64(), (long)(before - started).TotalSeconds - 1, (long)(before - started).TotalSeconds + 60);
        Assert.True(system.GetProperty("deployedAt").GetDateTimeOffset() < before);
        Assert.Equal("""{"email":true,"sms":true,"stripe":true,"uploads":true,"inbound":true}""", system.GetProperty("features").GetRawText());
    }

    [Fact]
    public async Task The_statistics_are_those_of_the_callers_organisation_without_deleted_records()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        await org.AddContact(org.Staff);
        await other.AddContact(other.Staff);
        (await org.Owner.Delete($"/contacts/{await org.AddContact(org.Staff)}")).Expect(200);
        (await org.Owner.Post("/products", new { name = "Desk", price = 1 })).Expect(201);
        (await org.Owner.Post("/products", new { name = "Desk", price = 1 })).Expect(201);

        var stats = (await org.Owner.Get("/settings/system")).Expect(200).Data.GetProperty("stats");

        Assert.Equal(
            """{"users":4,"contacts":1,"deals":0,"tasks":0,"products":2,"invoices":0,"campaigns":0,"messages":0,"estimated":[]}""", stats.GetRawText());
    }

    [Fact]
    public async Task Dead_messages_and_failed_mails_are_visible()
    {
        await using var app = await services.StartApp();
        var org = await app.NewOrganization();
        var other = await app.NewOrganization();
        await app.Queues.Send("send-email-poison", "{}", TestContext.Current.CancellationToken);
        await app.Queues.Send("send-email-poison", "{}", TestContext.Current.CancellationToken);
        foreach (var id in new[] { org.Id, org.Id, other.Id })
            await app.Sql(
                "insert into emails (organization_id, id, kind, recipient, data, status, due_at, created_at)"
                    + " values ($1, gen_random_uuid(), 'Test', 'x@example.com', '{}', 'failed', now(), now())",
                id);

        var queues = (await org.Owner.Get("/settings/system")).Expect(200).Data.GetProperty("queues");

        Assert.Equal(0, queues.GetProperty("depth").GetInt32());
        Assert.Equal(2, queues.GetProperty("dead").GetInt32());
        Assert.Equal(2, queues.GetProperty("failedEmails").GetInt32());
        Assert.Contains("""{"name":"send-email","depth":0,"dead":2}""", queues.GetProperty("byQueue").EnumerateArray().Select(queue => queue.GetRawText()));
    }

    [Fact]
    public async Task A_storage_that_does_not_answer_leaves_a_gap_and_an_app_without_mail_says_so()
    {
        await using var app = await services.StartApp(settings =>
        {
            settings["AzureWebJobsStorage"] =
                "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=AAAA;QueueEndpoint=http://127.0.0.1:9/devstoreaccount1;";
            settings["SendGrid:ApiKey"] = "";
            settings["Twilio:AccountSid"] = "";
        });
        var org = await app.NewOrganization();

        var system = (await org.Owner.Get("/settings/system")).Expect(200).Data;

        Assert.Equal(JsonValueKind.Null, system.GetProperty("queues").GetProperty("depth").ValueKind);
        Assert.Equal(JsonValueKind.Null, system.GetProperty("queues").GetProperty("dead").ValueKind);
        Assert.False(system.GetProperty("features").GetProperty("email").GetBoolean());
        Assert.False(system.GetProperty("features").GetProperty("sms").GetBoolean());
    }

    [Fact]
    public async Task Managers_and_staff_do_not_see_the_system()
    {
        var org = await services.App.NewOrganization();

        (await org.Manager.Get("/settings/system")).Expect(403, "FORBIDDEN");
        (await org.Staff.Get("/settings/system")).Expect(403, "FORBIDDEN");
        (await services.App.Anonymous.Get("/settings/system")).Expect(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task Nothing_secret_is_in_the_answer()
    {
        var org = await services.App.NewOrganization();

        var body = (await org.Owner.Get("/settings/system")).Expect(200).Body;

        Assert.All(
            new[] { "SG.test", "signing-key", "Password", "AccountKey", "Host=" },
            secret => Assert.DoesNotContain(secret, body, StringComparison.OrdinalIgnoreCase));
    }
}
