using System.Globalization;
using System.Net.Http.Headers;
using Crm.Functions.Tests.Fixture;
using Crm.Local;
using Crm.Local.FunctionsHost;
using Crm.Local.Processes;
using Crm.Local.Providers;
using Crm.Local.Services;
using Crm.Shared.Integrations.AzureQueues;

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
        await using var handler = await KillableHandler.Create(connection, app.Providers.BaseUrl);
        var invited = new List<string>();
        for (var round = 0; round < Kills; round++)
        {
            await handler.Start();
            invited.Add($"killed-{round}@example.test");
            await handler.Invite(org.Owner, invited[^1]);
            await Task.Delay(round % 4 * 15, TestContext.Current.CancellationToken);
            await handler.Kill();
        }

        await handler.Start();
        await handler.SweepUntil(async () => await app.Scalar<long>("select (select count(*) from emails where status <> 'sent') + (select count(*) from outbox)") == 0);

        foreach (var email in invited)
        {
            var mails = app.Providers.Mailbox.Messages(email).Count;
            // Each try that was cut off inside its call left a claim behind: without one there is no second mail.
            var tries = await app.Scalar<int>("select attempts from emails where recipient = $1", email);
            Assert.True(mails >= 1 && mails <= tries, $"{email}: {mails} mail(s) in {tries} tries");
        }

        Assert.Equal(Kills, await app.Scalar<long>("select count(*) from emails where status = 'sent'"));
    }

    /// <summary>The built app as a process of its own, with the queue listener of the local stack before it.</summary>
    private sealed class KillableHandler : IAsyncDisposable
    {
        private readonly string folder = Directory.CreateTempSubdirectory("crm-killed-").FullName;
        private readonly FunctionApp functions = FunctionApp.Read(SourceTree.FunctionApp);
        private readonly Uri address = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Ports.Free()}"));
        private readonly HttpClient http;
        private readonly FunctionInvoker invoker;
        private readonly StackClock clock;
        private readonly Azurite azurite;
        private readonly Dictionary<string, string> settings;
        private readonly CancellationTokenSource stop = new();
        private readonly Task listening;
        private ChildProcess? process;

        private KillableHandler(string connection, Uri providers, Azurite azurite)
        {
            this.azurite = azurite;
            http = new HttpClient { BaseAddress = address };
            invoker = new FunctionInvoker(http, address, TimeSpan.FromMinutes(1));
            clock = new StackClock(Path.Combine(folder, "clock"));
            settings = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["FUNCTIONS_CUSTOMHANDLER_PORT"] = address.Port.ToString(CultureInfo.InvariantCulture),
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["Clock__OffsetFile"] = Path.Combine(folder, "clock"),
                ["Database__ConnectionString"] = connection,
                ["AzureWebJobsStorage"] = azurite.ConnectionString,
                ["Jwt__Key"] = "the-tests-own-signing-key-0123456789",
                ["DOTNET_TieredPGO"] = "0",
                ["SendGrid__ApiKey"] = "SG.test",
                ["SendGrid__BaseUrl"] = providers.ToString().TrimEnd('/'),
                ["SendGrid__FromEmail"] = "no-reply@crm.test",
            };
            var queueSettings = functions.QueueSettings with { VisibilityTimeout = TimeSpan.FromSeconds(1) };
            var queues = QueueClient.FromConnectionString(azurite.ConnectionString);
            listening = Task.WhenAll(functions.Queues.Select(queue => new QueueListener(queue, queueSettings, queues, invoker).RunAsync(stop.Token)));
        }

        public static async Task<KillableHandler> Create(string connection, Uri providers) =>
            new(connection, providers, await Azurite.StartAsync(null, Path.Combine(Path.GetTempPath(), $"crm-killed-{Guid.NewGuid():N}.log")));

        public async Task Start()
        {
            process = await ChildProcess.StartAsync(new ChildCommand(functions.Executable) { WorkingDirectory = functions.Folder, Environment = settings, StopSignal = Signal.Kill, ParentDeathSignal = Signal.Kill });
            while (true)
            {
                Assert.False(process.Exited.IsCompleted, "The process ended while it started.");
                try
                {
                    using var answer = await http.GetAsync("/health", TestContext.Current.CancellationToken);
                    return;
                }
                catch (HttpRequestException)
                {
                    await Task.Delay(20, TestContext.Current.CancellationToken);
                }
            }
        }

        public async Task Kill()
        {
            await process!.DisposeAsync();
            process = null;
        }

        public async Task Invite(TestClient inviter, string email)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/auth/invite") { Content = JsonContent.Create(new { email, role = "staff" }) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", inviter.AccessToken);
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(201, (int)answer.StatusCode);
        }

        /// <summary>Lets claims run out and fires the sweeps, until all is well.</summary>
        public async Task SweepUntil(Func<Task<bool>> isDone)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (!await isDone())
            {
                Assert.False(patience.IsCancellationRequested, "Some mails were never sent.");
                clock.Advance(60);
                foreach (var timer in functions.Timers.Where(timer => timer.Name.StartsWith("Sweep", StringComparison.Ordinal)))
                    Assert.True((await invoker.InvokeAsync(timer.Name, InvocationPayload.ForTimer(timer, null, false, clock.GetUtcNow()), stop.Token)).Succeeded);
                await Task.Delay(500, TestContext.Current.CancellationToken);
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (process is not null)
                await process.DisposeAsync();
            await stop.CancelAsync();
            await listening;
            await azurite.DisposeAsync();
            http.Dispose();
            stop.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }
}
