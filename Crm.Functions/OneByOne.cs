using System.Net.Sockets;
using Azure;
using Npgsql;

namespace Crm.Functions;

/// <summary>Does the same for one after another. One that fails holds up none of those behind it; whoever asked for all of them fails at the end.</summary>
public static class OneByOne
{
    /// <summary>So many in a row that found nobody to answer are an outage: the others would only wait for it too.</summary>
    private const int Outage = 10;

    /// <summary>More would say no more.</summary>
    private const int MostTold = 10;

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
                if (failed.Count < MostTold)
                    failed.Add(exception);
                // What fails for a reason of its own fails each time, and would be at the front each time.
                inARow = IsUnanswered(exception) ? inARow + 1 : 0;
                if (inARow == Outage)
                    break;
            }
        }

        if (failed.Count > 0)
            throw new AggregateException(failed).Flatten();
    }

    private static bool IsUnanswered(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions: var all } => all.All(IsUnanswered),
        NpgsqlException database => database.IsTransient,
        RequestFailedException storage => storage.Status is 0 or >= 500,
        _ => exception is TimeoutException or SocketException or HttpRequestException or OperationCanceledException,
    };
}
