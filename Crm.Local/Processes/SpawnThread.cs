using System.Collections.Concurrent;

namespace Crm.Local.Processes;

/// <summary>
/// Starts every child on one thread that lives as long as the process. Linux sends a child's parent-death signal when the
/// *thread* that spawned it ends, so a child started from the thread pool would be killed at some idle moment later.
/// </summary>
internal static class SpawnThread
{
    private static readonly BlockingCollection<Action> Work = StartThread();

    public static Task<T> Run<T>(Func<T> spawn)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                result.SetResult(spawn());
            }
            catch (Exception error)
            {
                result.SetException(error);
            }
        });
        return result.Task;
    }

    private static BlockingCollection<Action> StartThread()
    {
        var work = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var action in work.GetConsumingEnumerable())
                action();
        })
        { IsBackground = true, Name = "spawn" }.Start();
        return work;
    }
}
