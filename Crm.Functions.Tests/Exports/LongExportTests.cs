using System.Net;
using Crm.Functions.Tests.Fixture;
using Crm.Local.Providers;

namespace Crm.Functions.Tests.Exports;

/// <summary>Exports of more rows than an answer takes, in an app that takes three.</summary>
public sealed class LongExportTests(LongExportTests.Few few) : IClassFixture<LongExportTests.Few>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private TestApp App => few.App;

    /// <summary>An app in which a file of more than three rows is long.</summary>
    public sealed class Few(TestServices services) : IAsyncLifetime
    {
        private TestApp? _app;

        public TestApp App => _app!;

        public async ValueTask InitializeAsync() => _app = await services.StartApp(settings => settings["Exports:DirectRows"] = "3");

        public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_long_one_is_made_in_the_background_and_a_mail_brings_its_link()
    {
        var org = await Organization(4);

        var job = (await org.Staff.Get("/reports/export?type=contacts")).Expect(202).Data;

        Assert.Equal("queued", job.GetProperty("status").GetString());
        var mail = (await App.Mails(org.Staff.Email))[0];
        var done = (await org.Staff.Get($"/reports/export/{job.GetProperty("jobId").GetGuid()}")).Expect(200).Data;
        Assert.Equal("completed", done.GetProperty("status").GetString());
        Assert.Equal(4, done.GetProperty("rows").GetInt64());
        var url = done.GetProperty("url").GetString()!;
        Assert.Contains(url, mail.Text, StringComparison.Ordinal);
        var file = await Download(url);
        Assert.Equal(4, file.Split("Person").Length - 1);
        Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(file) + 3, done.GetProperty("size").GetInt64());
        Assert.Equal(1, await App.Scalar<long>("select count(*) from audit_events where organization_id = $1 and action = 'data.exported'", org.Id));
    }

    [Fact]
    public async Task Three_rows_are_answered_at_once()
    {
        var org = await Organization(3);

        Assert.Equal(3, (await org.Owner.Get("/reports/export?type=contacts")).Expect(200).Body.Split("Person").Length - 1);
    }

    [Fact]
    public async Task The_file_goes_and_the_link_says_so()
    {
        var org = await Organization(4);
        var job = (await org.Staff.Get("/reports/export?type=contacts&format=xlsx")).Expect(202).Data.GetProperty("id").GetGuid();
        await App.Mails(org.Staff.Email);
        var url = new Uri((await org.Staff.Get($"/reports/export/{job}")).Expect(200).Data.GetProperty("url").GetString()!);
        var store = (await App.Anonymous.Get(url.PathAndQuery)).Expect(302).Headers["Location"];
        Assert.Equal(HttpStatusCode.OK, await Status(store));

        App.Clock.Advance(TimeSpan.FromDays(3));
        (await App.Anonymous.Get(url.PathAndQuery)).Expect(410, "EXPORT_EXPIRED");
        await App.RunTimer("SweepFiles");

        await Until(async () => await Status(store) == HttpStatusCode.NotFound);
        var after = await App.SignInAs(org.Id, org.Staff.Id);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await after.Get($"/reports/export/{job}")).Expect(200).Data.GetProperty("url").ValueKind);
        (await App.Anonymous.Get($"/public/exports/{new string('x', 43)}")).Expect(404, "EXPORT_NOT_FOUND");
    }

    [Fact]
    public async Task A_store_that_is_down_for_a_moment_delays_it()
    {
        var org = await Organization(4);
        App.Providers.Faults.Set(new Fault { Provider = "s3", Status = 503, Count = 2 });

        var job = (await org.Staff.Get("/reports/export?type=contacts")).Expect(202).Data.GetProperty("id").GetGuid();

        await App.Mails(org.Staff.Email);
        App.Providers.Faults.Clear();
        Assert.Equal("completed", (await org.Staff.Get($"/reports/export/{job}")).Expect(200).Data.GetProperty("status").GetString());
    }

    [Fact]
    public async Task One_that_came_to_a_halt_is_taken_up_by_the_sweep()
    {
        var org = await Organization(4);
        var job = Guid.CreateVersion7();
        await App.Sql(
            """
            insert into exports (organization_id, id, user_id, request, type, format, file_name, status, attempts, expected, leased_until, created_at,
                                 updated_at)
            values ($1, $2, $3, '{"type":"contacts"}', 'contacts', 'csv', 'contacts.csv', 'running', 1, 4, $4, $4, $4)
            """,
            org.Id, job, org.Staff.Id, App.Clock.GetUtcNow().AddMinutes(-6));

        await App.RunTimer("SweepExports");

        await App.Mails(org.Staff.Email);
        Assert.Equal("completed", (await org.Staff.Get($"/reports/export/{job}")).Expect(200).Data.GetProperty("status").GetString());
    }

    [Fact]
    public async Task What_its_user_may_by_then_is_what_they_get()
    {
        var org = await Organization(4);
        await org.AddContact(org.OtherStaff, "Secret Colleague");
        var (first, second) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var (id, user) in new[] { (first, org.Staff), (second, org.Manager) })
            await App.Sql(
                """
                insert into exports (organization_id, id, user_id, request, type, format, file_name, expected, created_at, updated_at)
                values ($1, $2, $3, '{"type":"contacts"}', 'contacts', 'csv', 'contacts.csv', 4, $4, $4)
                """,
                org.Id, id, user.Id, App.Clock.GetUtcNow().AddMinutes(-6));
        (await org.Owner.Patch($"/settings/team/{org.Manager.Id}", new { status = "inactive" })).Expect(200);

        await App.RunTimer("SweepExports");

        await App.Mails(org.Staff.Email);
        var file = await Download((await org.Staff.Get($"/reports/export/{first}")).Expect(200).Data.GetProperty("url").GetString()!);
        Assert.DoesNotContain("Colleague", file, StringComparison.Ordinal);
        await Until(async () => (await org.Owner.Get($"/reports/export/{second}")).Expect(200).Data.GetProperty("status").GetString() == "failed");
    }

    private async Task<TestOrganization> Organization(int contacts)
    {
        var org = await App.NewOrganization();
        for (var number = 0; number < contacts; number++)
            await org.AddContact(org.Staff, $"Person {number}");
        return org;
    }

    private async Task<string> Download(string url)
    {
        var store = (await App.Anonymous.Get(new Uri(url).PathAndQuery)).Expect(302).Headers["Location"];
        using var answer = await App.Http.GetAsync(store, Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.StartsWith("attachment; filename=contacts", answer.Content.Headers.ContentDisposition!.ToString(), StringComparison.Ordinal);
        return await answer.Content.ReadAsStringAsync(Ct);
    }

    private async Task<HttpStatusCode> Status(string url)
    {
        using var answer = await App.Http.GetAsync(url, Ct);
        return answer.StatusCode;
    }

    private static async Task Until(Func<Task<bool>> happens)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (!await happens())
            await Task.Delay(50, patience.Token);
    }
}
