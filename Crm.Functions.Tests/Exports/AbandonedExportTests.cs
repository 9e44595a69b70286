using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Exports;

public sealed class AbandonedExportTests(TestServices services)
{
    private const string RunningSql = """
        select count(*)
        from pg_stat_activity
        where datname = current_database() and state = 'active' and query like '%array_to_string(c.tags%' and pid <> pg_backend_pid()
        """;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("csv")]
    [InlineData("excel")]
    public async Task A_client_that_leaves_in_the_middle_frees_its_connection(string format)
    {
        await using var app = await services.StartApp();
        var org = await app.NewOrganization();
        // Much more than the buffers on the way hold, and nothing that a zip would make small.
        await app.Sql(
            """
            insert into contacts (organization_id, id, last_name, notes, created_at, updated_at)
            select $1, gen_random_uuid(), 'x', (select string_agg(md5(n::text || m::text), '') from generate_series(1, 60) m), now(), now()
            from generate_series(1, 20000) n
            """,
            org.Id);

        for (var leaver = 0; leaver < 5; leaver++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/reports/export?type=contacts&format={format}");
            request.Headers.Authorization = new("Bearer", org.Owner.AccessToken);
            using (var answer = await app.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct))
            {
                await using var content = await answer.Content.ReadAsStreamAsync(Ct);
                await content.ReadExactlyAsync(new byte[1000], Ct);
                Assert.Equal(1, await app.Scalar<long>(RunningSql));
            }

            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            patience.CancelAfter(TimeSpan.FromSeconds(20));
            while (await app.Scalar<long>(RunningSql) > 0)
                await Task.Delay(20, patience.Token);
        }

        Assert.Equal(20_002, (await org.Owner.Get("/reports/export?type=contacts")).Expect(200).Body.Split("\r\n").Length);
    }

    [Fact]
    public async Task Exports_that_nobody_takes_keep_nobody_from_reading()
    {
        await using var app = await services.StartApp();
        var org = await app.NewOrganization();
        await app.Sql(
            """
            insert into contacts (organization_id, id, last_name, notes, created_at, updated_at)
            select $1, gen_random_uuid(), 'x', repeat('y', 2000), now(), now()
            from generate_series(1, 20000) n
            """,
            org.Id);
        var answers = new List<HttpResponseMessage>();
        for (var taker = 0; taker < 2; taker++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/reports/export?type=contacts");
            request.Headers.Authorization = new("Bearer", org.Owner.AccessToken);
            answers.Add(await app.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct));
        }

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => org.Owner.Get("/contacts?search=x&pageSize=1")));

        Assert.All(replies, reply => reply.Expect(200));
        Assert.Equal(2, await app.Scalar<long>(RunningSql));
        answers.ForEach(answer => answer.Dispose());
    }
}
