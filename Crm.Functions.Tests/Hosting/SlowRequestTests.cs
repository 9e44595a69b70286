using System.Net.Http.Headers;
using Crm.Functions.Tests.Fixture;
using Npgsql;

namespace Crm.Functions.Tests.Hosting;

/// <summary>What a key keeps when its first request is slower than its client's patience, or than the key's own.</summary>
public sealed class SlowRequestTests(TestServices services)
{
    private static readonly object Ann = new { name = "Ann Smith" };

    [Fact]
    public async Task A_client_that_hangs_up_finds_the_reply_when_it_asks_again()
    {
        var (slow, org, connection) = await StartLockable();
        await using var _ = slow;
        var key = NewKey();
        await using (await Lock(connection))
        {
            using var hangUp = new CancellationTokenSource();
            var request = Send(slow, org.Staff, key, hangUp.Token);
            await Until(() => slow.Scalar<long>("select count(*) from idempotency_keys"), 1);
            await hangUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        }

        await Until(() => slow.Scalar<long>("select count(*) from idempotency_keys where status_code = 201"), 1);
        var reply = (await org.Staff.Post("/contacts", Ann, key)).Expect(201);

        Assert.Equal("true", reply.Headers["Idempotency-Replayed"]);
        Assert.Equal(1, await slow.Scalar<long>("select count(*) from contacts"));
    }

    [Fact]
    public async Task A_request_so_slow_that_its_repeat_took_over_changes_nothing()
    {
        var (slow, org, connection) = await StartLockable();
        await using var _ = slow;
        var key = NewKey();
        Task<TestReply> first, second;
        await using (await Lock(connection))
        {
            first = org.Staff.Post("/contacts", Ann, key);
            await Until(() => slow.Scalar<long>("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%contacts%'"), 1);
            slow.Clock.Advance(TimeSpan.FromMinutes(5));
            second = org.Staff.Post("/contacts", Ann, key);
            await Until(() => slow.Scalar<long>("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%contacts%'"), 2);
        }

        (await first).Expect(500, "INTERNAL_ERROR");
        (await second).Expect(201);
        Assert.Equal(1, await slow.Scalar<long>("select count(*) from contacts"));
        Assert.Equal((await second).Body, (await org.Staff.Post("/contacts", Ann, key)).Expect(201).Body);
    }

    private static (string Name, string Value) NewKey() => ("Idempotency-Key", Guid.NewGuid().ToString());

    private async Task<(TestApp App, TestOrganization Org, string Connection)> StartLockable()
    {
        var connection = "";
        var slow = await services.StartApp(settings => connection = settings["Database:ConnectionString"]);
        var org = await slow.NewOrganization();
        (await org.Staff.Get("/auth/me")).Expect(200);
        return (slow, org, connection);
    }

    // Whoever writes contacts waits until this is disposed.
    private static async Task<NpgsqlConnection> Lock(string connectionString)
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("begin; lock table contacts in share mode", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private static async Task<HttpResponseMessage> Send(TestApp app, TestClient client, (string Name, string Value) header, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/contacts") { Content = JsonContent.Create(Ann) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", client.AccessToken);
        request.Headers.Add(header.Name, header.Value);
        return await app.Http.SendAsync(request, ct);
    }

    private static async Task Until(Func<Task<long>> count, long expected)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await count() != expected)
            await Task.Delay(20, patience.Token);
    }
}
