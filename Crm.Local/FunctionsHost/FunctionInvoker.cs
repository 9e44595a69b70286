using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Crm.Local.FunctionsHost;

/// <summary>How an invocation went. <see cref="Status"/> is null when no answer came; <see cref="Answer"/> is the handler's body or what went wrong.</summary>
public sealed record InvocationResult(bool Succeeded, int? Status, string Answer, TimeSpan Duration);

/// <summary>Calls a function that is not called over HTTP: <c>POST /{FunctionName}</c> on the handler. Only 200 is success.</summary>
public sealed class FunctionInvoker(HttpMessageInvoker handler, Uri handlerAddress, TimeSpan timeout)
{
    /// <summary>What we say we are. The payloads and headers follow this generation of the host.</summary>
    public const string HostVersion = "4.1042.100.0";

    public const string InvocationIdHeader = "X-Azure-Functions-InvocationId";
    public const string HostVersionHeader = "X-Azure-Functions-HostVersion";

    public async Task<InvocationResult> InvokeAsync(string function, JsonObject payload, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(handlerAddress, function))
        {
            Content = new StringContent(payload.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json", "utf-8")),
        };
        request.Headers.Add(InvocationIdHeader, Guid.NewGuid().ToString());
        request.Headers.Add(HostVersionHeader, HostVersion);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Azure-Functions-Host", HostVersion));

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(timeout);
        var started = TimeProvider.System.GetTimestamp();
        try
        {
            using var response = await handler.SendAsync(request, limit.Token);
            var answer = await response.Content.ReadAsStringAsync(limit.Token);
            return new((int)response.StatusCode == 200, (int)response.StatusCode, answer, Elapsed());
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return new(false, null, error.Message, Elapsed());
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new(false, null, $"No answer within {timeout}.", Elapsed());
        }

        TimeSpan Elapsed() => TimeProvider.System.GetElapsedTime(started);
    }
}
