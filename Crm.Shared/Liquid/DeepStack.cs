using System.Runtime.ExceptionServices;

namespace Crm.Shared.Liquid;

/// <summary>
/// Runs what calls itself as deep as its input nests, on a stack that has room for all that <see cref="HtmlLimits"/> lets through: an overflow would end
/// the process.
/// </summary>
internal static class DeepStack
{
    /// <summary>In bytes; only what is used becomes memory.</summary>
    private const int Size = 128 * 1024 * 1024;

    public static T Run<T>(Func<T> work)
    {
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    result = work();
                }
                catch (Exception exception)
                {
                    failure = ExceptionDispatchInfo.Capture(exception);
                }
            },
            Size)
        {
            IsBackground = true,
            Name = "html",
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }
}
