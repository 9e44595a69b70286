namespace Crm.Local.Services;

/// <summary>Waits until the app says that it is well.</summary>
internal static class Health
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    public static async Task Wait(Uri health, string logFile, CancellationToken ct)
    {
        using var client = new HttpClient();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        var answer = "no answer";
        try
        {
            while ((answer = await Ask(client, health, limit.Token)) is not null)
                await Task.Delay(Interval, limit.Token);
        }
        catch (OperationCanceledException late) when (!ct.IsCancellationRequested)
        {
            throw new StackException($"{health} did not become healthy within {Limit.TotalSeconds} s ({answer}). See {logFile}.", late);
        }
    }

    /// <summary>Null when well, else what came instead.</summary>
    private static async Task<string?> Ask(HttpClient client, Uri health, CancellationToken ct)
    {
        try
        {
            using var response = await client.GetAsync(health, ct);
            return response.IsSuccessStatusCode ? null : $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(ct)}";
        }
        catch (HttpRequestException error)
        {
            return error.Message;
        }
    }
}
