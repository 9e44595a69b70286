using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Local;

public sealed class QueueClientTests(LocalQueues queues)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly string _queue = LocalQueues.NewName();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_arrives_as_it_was_sent_and_the_queue_is_created_on_the_way()
    {
        await queues.Client.SendAsync(_queue, "{\"id\":\"Zoë & <Søren> 🚀\"}", ct: Ct);

        var message = Assert.Single(await queues.Client.ReceiveAsync(_queue, 32, Minute, Ct));
        Assert.Equal("{\"id\":\"Zoë & <Søren> 🚀\"}", message.Text);
        Assert.Equal(1, message.DequeueCount);
        Assert.True(message.NextVisibleTime > message.InsertionTime);
        Assert.Empty(await queues.Client.ReceiveAsync(_queue, 32, Minute, Ct));
    }

    [Fact]
    public async Task A_deleted_message_is_gone_and_deleting_it_again_says_so()
    {
        await queues.Client.SendAsync(_queue, "once", ct: Ct);
        var message = Assert.Single(await queues.Client.ReceiveAsync(_queue, 1, Minute, Ct));
        Assert.Equal(1, await queues.Client.CountAsync(_queue, Ct));

        Assert.True(await queues.Client.DeleteAsync(_queue, message, Ct));
        Assert.False(await queues.Client.DeleteAsync(_queue, message, Ct));
        Assert.Equal(0, await queues.Client.CountAsync(_queue, Ct));
    }

    [Fact]
    public async Task A_message_handed_back_is_received_again_and_only_the_new_receipt_counts()
    {
        await queues.Client.SendAsync(_queue, "again", ct: Ct);
        var first = Assert.Single(await queues.Client.ReceiveAsync(_queue, 1, Minute, Ct));

        var updated = await queues.Client.UpdateAsync(_queue, first, TimeSpan.Zero, Ct);
        var second = Assert.Single(await queues.Client.ReceiveAsync(_queue, 1, Minute, Ct));

        Assert.NotEqual(first.PopReceipt, updated.PopReceipt);
        Assert.Equal(2, second.DequeueCount);
        Assert.Equal("again", second.Text);
        Assert.False(await queues.Client.DeleteAsync(_queue, first, Ct));
        Assert.True(await queues.Client.DeleteAsync(_queue, second, Ct));
    }

    [Fact]
    public async Task A_delayed_message_is_counted_but_not_yet_handed_out()
    {
        await queues.Client.SendAsync(_queue, "later", TimeSpan.FromHours(1), Ct);

        Assert.Equal(1, await queues.Client.CountAsync(_queue, Ct));
        Assert.Empty(await queues.Client.ReceiveAsync(_queue, 32, Minute, Ct));
    }

    [Fact]
    public async Task A_queue_may_be_created_twice_and_a_missing_one_is_empty()
    {
        Assert.Empty(await queues.Client.ReceiveAsync(_queue, 1, Minute, Ct));
        Assert.Equal(0, await queues.Client.CountAsync(_queue, Ct));

        await queues.Client.CreateAsync(_queue, Ct);
        await queues.Client.CreateAsync(_queue, Ct);
        Assert.Empty(await queues.Client.ReceiveAsync(_queue, 1, Minute, Ct));
    }

    [Fact]
    public async Task The_largest_message_fits_and_a_larger_one_is_refused_with_advice()
    {
        await queues.Client.SendAsync(_queue, new string('x', 48 * 1024), ct: Ct);

        var error = await Assert.ThrowsAsync<ArgumentException>(() => queues.Client.SendAsync(_queue, new string('x', (48 * 1024) + 1), ct: Ct));
        Assert.Contains("queue its id", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await queues.Client.CountAsync(_queue, Ct));
    }

    [Fact]
    public void A_connection_string_without_a_key_is_refused_without_being_repeated()
    {
        var error = Assert.Throws<FormatException>(() => QueueClient.FromConnectionString("AccountName=crm;SharedAccessSignature=secret"));
        Assert.Contains("AccountKey", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }
}
