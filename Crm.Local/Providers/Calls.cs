namespace Crm.Local.Providers;

/// <summary>How calls to the app end.</summary>
internal static class Calls
{
    private const int FirstRefusal = 300;

    /// <summary>Whether a call was answered with success; not when nobody answers.</summary>
    public static async Task<bool> Succeeds(Func<Task<int>> call)
    {
        try
        {
            return await call() < FirstRefusal;
        }
        catch (Exception error) when (IsOutage(error))
        {
            return false;
        }
    }

    public static bool IsOutage(Exception error) =>
        error is HttpRequestException or IOException or TaskCanceledException { InnerException: TimeoutException } or AppUnknownException;
}
