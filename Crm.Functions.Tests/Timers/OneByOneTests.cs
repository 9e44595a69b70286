using Npgsql;

namespace Crm.Functions.Tests.Timers;

public sealed class OneByOneTests
{
    private readonly List<int> _done = [];

    [Fact]
    public async Task However_many_fail_for_reasons_of_their_own_the_others_are_done()
    {
        var failure = await Assert.ThrowsAsync<AggregateException>(() => Do(30, one => one < 25 ? new InvalidOperationException($"{one}") : null));
        Assert.Equal([25, 26, 27, 28, 29], _done);
        Assert.Equal("0", failure.InnerExceptions[0].Message);
        Assert.InRange(failure.InnerExceptions.Count, 2, 10);
    }

    [Fact]
    public async Task When_nobody_answers_the_rest_is_left_for_the_next_time()
    {
        var failure = await Assert.ThrowsAsync<AggregateException>(() => Do(30, one => one == 4 ? null : new NpgsqlException("Away.", new IOException())));
        Assert.Equal([4], _done);
        Assert.All(failure.InnerExceptions, inner => Assert.Equal("Away.", inner.Message));
    }

    private Task Do(int count, Func<int, Exception?> fault) => OneByOne.Do(
        Enumerable.Range(0, count),
        one =>
        {
            if (fault(one) is { } exception)
                return Task.FromException(exception);
            _done.Add(one);
            return Task.CompletedTask;
        },
        TestContext.Current.CancellationToken);
}
