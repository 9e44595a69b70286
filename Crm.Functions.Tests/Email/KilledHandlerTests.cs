using Crm.Functions.Tests.Fixture;
using Crm.Local.Providers;

namespace Crm.Functions.Tests.Email;

/// <summary>The real executable, killed again and again.</summary>
public sealed class KilledHandlerTests(TestServices services)
{
    private const int Kills = 20;

    [Fact]
    public async Task Whoever_was_invited_gets_a_mail_however_often_the_process_is_killed()
    {
        var connection = "";
        await using var app = await services.StartApp(settings => connection = settings["Database:ConnectionString"]);
        var org = await app.NewOrganization();
        // Slow enough that some kills fall into a call to the provider.
        app.Providers.Faults.Set(new Fault { Provider = "sendgrid", LatencyMs = 30 });
        await using var handler = new KillableHandler(connection, services.NewQueues(), app.Providers);
        var invited = new List<string>();
        for (var round = 0; round < Kills; round++)
        {
            await handler.Start();
            invited.Add($"killed-{round}@example.test");
            await handler.Send(org.Owner, HttpMethod.Post, "/auth/invite", JsonContent.Create(new { email = invited[^1], role = "staff" }), 201);
            await Task.Delay(round % 4 * 15, TestContext.Current.CancellationToken);
            await handler.Kill();
        }

        await handler.Start();
        await handler.SweepUntil(
            async () => await app.Scalar<long>("select (select count(*) from emails where status <> 'sent') + (select count(*) from outbox)") == 0);

        foreach (var email in invited)
        {
            var mails = app.Providers.Mailbox.Messages(email).Count;
            // Each try that was cut off inside its call left a claim behind: without one there is no second mail.
            var tries = await app.Scalar<int>("select attempts from emails where recipient = $1", email);
            Assert.True(mails >= 1 && mails <= tries, $"{email}: {mails} mail(s) in {tries} tries");
        }

        Assert.Equal(Kills, await app.Scalar<long>("select count(*) from emails where status = 'sent'"));
    }
}
