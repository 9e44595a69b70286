using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Local;

public sealed class StorageQueuesTests(LocalQueues queues)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly string _name = LocalQueues.NewName();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private QueueClient Queue => queues.Service.GetQueueClient(_name);

    [Fact]
    public async Task A_message_arrives_as_it_was_sent_and_the_queue_is_created_on_the_way()
    {
        await queues.Service.Send(_name, "{\"id\":\"Zoë & <Søren> 🚀\"}", Ct);

        var message = Assert.Single(await Receive());
        Assert.Equal("{\"id\":\"Zoë & <Søren> 🚀\"}", message.MessageText);
        Assert.Equal(1, message.DequeueCount);
        Assert.True(message.NextVisibleOn > message.InsertedOn);
        Assert.Empty(await Receive());
    }

    [Fact]
    public async Task A_message_travels_as_the_functions_host_expects_it()
    {
        await queues.Service.Send(_name, "Zoë", Ct);

        Assert.Equal("Wm/Dqw==", (await queues.Raw.GetQueueClient(_name).PeekMessageAsync(Ct)).Value.MessageText);
    }

    [Fact]
    public async Task A_received_message_is_counted_until_it_is_deleted()
    {
        await queues.Service.Send(_name, "once", Ct);
        var message = Assert.Single(await Receive());
        Assert.Equal(1, await queues.Service.Depth(_name, Ct));

        await Queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, Ct);
        var error = await Assert.ThrowsAsync<RequestFailedException>(() => Queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, Ct));
        Assert.Equal(404, error.Status);
        Assert.Equal(0, await queues.Service.Depth(_name, Ct));
    }

    [Fact]
    public async Task A_message_handed_back_is_received_again_and_only_the_new_receipt_counts()
    {
        await queues.Service.Send(_name, "again", Ct);
        var first = Assert.Single(await Receive());

        var updated = first.Update(await Queue.UpdateMessageAsync(first.MessageId, first.PopReceipt, visibilityTimeout: TimeSpan.Zero, cancellationToken: Ct));
        var second = Assert.Single(await Receive());

        Assert.NotEqual(first.PopReceipt, updated.PopReceipt);
        Assert.Equal(2, second.DequeueCount);
        Assert.Equal("again", second.MessageText);
        await Assert.ThrowsAsync<RequestFailedException>(() => Queue.DeleteMessageAsync(first.MessageId, first.PopReceipt, Ct));
        await Queue.DeleteMessageAsync(second.MessageId, second.PopReceipt, Ct);
    }

    [Fact]
    public async Task A_delayed_message_is_counted_but_not_yet_handed_out()
    {
        await Queue.CreateAsync(cancellationToken: Ct);
        await Queue.SendMessageAsync("later", TimeSpan.FromHours(1), cancellationToken: Ct);

        Assert.Equal(1, await queues.Service.Depth(_name, Ct));
        Assert.Empty(await Receive());
    }

    [Fact]
    public async Task A_missing_queue_is_empty_and_ten_first_messages_at_once_create_it()
    {
        Assert.Equal(0, await queues.Service.Depth(_name, Ct));

        await Task.WhenAll(Enumerable.Range(0, 10).Select(number => queues.Service.Send(_name, $"message {number}", Ct)));

        Assert.Equal(10, (await Receive()).Length);
    }

    [Fact]
    public async Task The_largest_message_fits_and_a_larger_one_is_refused()
    {
        await queues.Service.Send(_name, new string('x', 48 * 1024), Ct);

        var error = await Assert.ThrowsAsync<RequestFailedException>(() => queues.Service.Send(_name, new string('x', (48 * 1024) + 1), Ct));
        Assert.Equal(QueueErrorCode.RequestBodyTooLarge, error.ErrorCode);
        Assert.Equal(1, await queues.Service.Depth(_name, Ct));
    }

    [Fact]
    public void A_connection_string_without_a_key_is_refused_without_being_repeated()
    {
        var error = Assert.Throws<FormatException>(() => StorageQueues.Connect("AccountName=crm;AccountSecret=secret"));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    private async Task<QueueMessage[]> Receive() => (await Queue.ReceiveMessagesAsync(32, Minute, Ct)).Value;
}
