using Crm.Local.Services;
using Npgsql;

namespace Crm.Functions.Tests.Local;

public sealed class PostgresServerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crm-tests-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Data_survives_a_restart_of_the_server()
    {
        await using (var server = await Start())
        {
            Assert.True(server.IsNew);
            await Run(server, "create table kept as select 42 as answer");
        }

        await using var again = await Start();
        Assert.False(again.IsNew);
        Assert.Equal(42, await Run(again, "select answer from kept"));
    }

    private Task<PostgresServer> Start() =>
        PostgresServer.Start(Path.Combine(_folder, "postgres"), Path.Combine(_folder, "postgres.log"), throwAway: true, ct: Ct);

    private static async Task<object?> Run(PostgresServer server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Ct);
    }
}
