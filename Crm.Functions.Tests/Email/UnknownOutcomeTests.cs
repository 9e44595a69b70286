using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Email;

public sealed class UnknownOutcomeTests(TestServices services)
{
    [Fact]
    public async Task A_mail_that_the_provider_may_or_may_not_have_taken_is_sent_again()
    {
        await using var provider = await UnreliableProvider.Start();
        await using var app = await services.StartApp(settings => settings["SendGrid:BaseUrl"] = provider.Address);
        var org = await app.NewOrganization();
        (await org.Owner.Post("/auth/invite", new { email = "sam@example.test", role = "staff" })).Expect(201);
        await Until(() => provider.Calls == 1);
        await Until(async () => await app.Scalar<long>("select count(*) from emails where status = 'pending' and attempts = 1 and error is not null") == 1);

        app.Clock.Advance(TimeSpan.FromSeconds(30));
        await app.RunTimer("SweepEmails");

        await Until(async () => await app.Scalar<long>("select count(*) from emails where status = 'sent' and attempts = 2") == 1);
        Assert.Equal(2, provider.Calls);
    }

    private static Task Until(Func<bool> isSo) => Until(() => Task.FromResult(isSo()));

    private static async Task Until(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await isSo())
            await Task.Delay(20, patience.Token);
    }

    /// <summary>Takes the first mail and hangs up instead of saying so.</summary>
    private sealed class UnreliableProvider : IAsyncDisposable
    {
        private readonly WebApplication _server;
        private int _calls;

        private UnreliableProvider(WebApplication server) => _server = server;

        public int Calls => Volatile.Read(ref _calls);

        public string Address => _server.Urls.Single();

        public static async Task<UnreliableProvider> Start()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var provider = new UnreliableProvider(builder.Build());
            provider._server.Run(provider.Answer);
            await provider._server.StartAsync();
            return provider;
        }

        public ValueTask DisposeAsync() => _server.DisposeAsync();

        private async Task Answer(HttpContext context)
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            if (Interlocked.Increment(ref _calls) == 1)
                context.Abort();
            else
                context.Response.StatusCode = StatusCodes.Status202Accepted;
        }
    }
}
