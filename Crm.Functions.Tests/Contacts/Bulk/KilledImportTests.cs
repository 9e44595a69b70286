using System.Globalization;
using System.Text;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts.Bulk;

/// <summary>An import in the real executable, killed midway.</summary>
public sealed class KilledImportTests(TestServices services)
{
    private const int Rows = 100_000;
    private const int Kills = 3;

    [Fact]
    public async Task A_large_import_has_every_row_once_however_often_the_process_is_killed()
    {
        var connection = "";
        await using var app = await services.StartApp(settings => connection = settings["Database:ConnectionString"]);
        var org = await app.NewOrganization();
        await using var handler = new KillableHandler(connection, services.NewQueues(), app.Providers);
        await handler.Start();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(File()), "file", "people.csv" } };
        await handler.Send(org.Owner, HttpMethod.Post, "/contacts/import", form, 202);

        for (var kill = 1; kill <= Kills; kill++)
        {
            var goal = Rows / (Kills + 1) * kill;
            while (await Done(app) < goal)
                await Task.Delay(20, TestContext.Current.CancellationToken);
            await handler.Kill();
            Assert.True(await Done(app) < Rows, "It was done before it was killed.");
            await handler.Start();
        }

        await handler.SweepUntil(async () => await app.Scalar<string>("select status from imports") == "completed");

        Assert.Equal(Rows, await app.Scalar<int>("select created from imports"));
        Assert.Equal(Rows, await app.Scalar<long>("select count(*) from contacts"));
        Assert.Equal(Rows, await app.Scalar<long>("select count(distinct email_key) from contacts"));
        Assert.Equal(Rows, await app.Scalar<long>("select count(*) from timeline_entries"));
        Assert.Equal(0, await app.Scalar<long>("select count(*) from import_rows where outcome is distinct from 'created'"));
    }

    private static Task<int> Done(TestApp app) => app.Scalar<int>("select created from imports");

    private static byte[] File()
    {
        var text = new StringBuilder("email,name,company,tags\n");
        for (var row = 0; row < Rows; row++)
            text.Append(CultureInfo.InvariantCulture, $"person{row}@import.example,Person {row},Company {row % 1000},imported\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
