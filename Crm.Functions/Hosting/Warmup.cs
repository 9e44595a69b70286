using Crm.Functions.Tokens;

namespace Crm.Functions.Hosting;

/// <summary>
/// Does once what a first request would wait for: the pipeline, a token's signature, connections, the statements that say who somebody is. Plans that scale
/// ahead of their load (Premium, Dedicated) call it; on Flex Consumption a new instance starts with the request that it is for.
/// </summary>
public static class Warmup
{
    [Function("Warmup")]
    public static async Task Handle([WarmupTrigger] object? context, WebPipeline pipeline, AccessTokens tokens, IServiceScopeFactory scopes)
    {
        await Ask("/ready", null);
        // Nobody's: read, looked up, refused.
        await Ask($"/contacts/{Guid.Empty}", tokens.Issue(Guid.Empty, Guid.Empty, Guid.Empty, 0));

        async Task Ask(string path, string? token)
        {
            await using var scope = scopes.CreateAsyncScope();
            var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
            http.Request.Method = HttpMethods.Get;
            http.Request.Path = path;
            http.Request.Headers.Authorization = token is null ? default : $"Bearer {token}";
            await pipeline.Run(http);
        }
    }
}
