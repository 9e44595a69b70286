namespace Crm.Functions;

/// <summary>Does the same for one after another. One that fails holds up none of those behind it; whoever asked for all of them fails at the end.</summary>
public static class OneByOne
{
    /// <summary>So many in a row are an outage and no fault of theirs: the others would only wait for it too.</summary>
    private const int Outage = 10;

    public static async Task Do<T>(IEnumerable<T> all, Func<T, Task> work, CancellationToken ct)
    {
        var failed = new List<Exception>();
        var inARow = 0;
        foreach (var one in all)
        {
            try
            {
                await work(one);
                inARow = 0;
            }
            catch (Exception exception) when (!ct.IsCancellationRequested)
            {
                failed.Add(exception);
                if (++inARow == Outage)
                    break;
            }
        }

        if (failed.Count > 0)
            throw new AggregateException(failed).Flatten();
    }
}
