using System.Text.Json.Nodes;
using Crm.Local.Providers;

namespace Crm.Functions.Tests.Local;

public sealed class LedgerTests : SimulatorTest
{
    [Fact]
    public async Task Every_message_is_counted_for_good_by_its_address_and_by_the_apps_id()
    {
        foreach (var chunk in Enumerable.Range(0, Mailbox.Kept + 1_000).Select(number => $"u{number}@many.test").Chunk(1_000))
            (await Send(MailTo(chunk))).EnsureSuccessStatusCode().Dispose();
        (await Send(MailTo("u7@many.test"))).EnsureSuccessStatusCode().Dispose();
        (await Send(Mail())).EnsureSuccessStatusCode().Dispose();

        Assert.Equal(Mailbox.Kept, Simulator.Mailbox.Messages().Count);
        var figures = Simulator.Ledger.Figures();
        Assert.Equal((6_004, 6_003, 6_000, 1), (figures.Messages, figures.Recipients, figures.Deliveries, figures.Doubled));
        Assert.Equal("d-u7@many.test", Assert.Single(figures.DoubledIds));
        Assert.Equal(2, Simulator.Ledger.Deliveries("o1")["d-u7@many.test"]);
        Assert.Equal(1, Simulator.Ledger.Deliveries("o1")["d-u5999@many.test"]);
        Assert.Empty(Simulator.Ledger.Deliveries("o2"));
    }

    [Fact]
    public async Task It_answers_for_an_address_a_domain_a_kind_a_delivery_or_an_organisation()
    {
        (await Send(MailTo("ann@a.test", "bo@b.test"))).Dispose();
        (await Send(MailTo("ann@a.test"))).Dispose();
        Simulator.Ledger.Add([new SentMessage("SM1", "sms", "+14155550100", "+1")]);

        Assert.Equal((4, 3, 2), await Read(""));
        Assert.Equal((2, 1, 1), await Read("?to=ANN@a.test"));
        Assert.Equal((1, 1, 1), await Read("?kind=email&domain=b.test"));
        Assert.Equal((1, 1, 0), await Read("?kind=sms"));
        Assert.Equal((2, 1, 1), await Read("?deliveryId=d-ann@a.test"));
        Assert.Equal((3, 2, 2), await Read("?organizationId=o1"));

        async Task<(int Messages, int Recipients, int Deliveries)> Read(string query)
        {
            var ledger = (await Client.GetFromJsonAsync<JsonObject>($"/simulate/ledger{query}", Ct))!;
            return ((int)ledger["messages"]!, (int)ledger["recipients"]!, (int)ledger["deliveries"]!);
        }
    }

    [Fact]
    public async Task With_a_file_it_outlives_a_kill_in_the_middle_of_a_call()
    {
        var file = Path.Combine(Path.GetTempPath(), $"crm-ledger-{Guid.NewGuid():N}.tsv");
        SentMessage[] call =
        [
            .. new[] { "ann", "bo" }.Select(name => new SentMessage(name, "email", $"{name}@ä.test", "crm")
            {
                CustomArgs = new Dictionary<string, string> { ["delivery_id"] = $"d-{name}" },
            }),
        ];
        using (var ledger = new Ledger(file))
            ledger.Add(call);
        await File.AppendAllTextAsync(file, "cy\td-cy\t\temail\tcy@c.test\tdora\td-dora", Ct);

        using (var ledger = new Ledger(file))
        {
            Assert.Equal(["d-ann", "d-bo"], ledger.Deliveries().Keys);
            Assert.True(ledger.Knows("bo"));
            Assert.False(ledger.Knows("cy"));
            ledger.Add([call[0]]);
        }

        using (var ledger = new Ledger(file))
            Assert.Equal((3, 2, 1), (ledger.Figures().Messages, ledger.Figures().Recipients, ledger.Figures().Doubled));
        File.Delete(file);
    }
}
