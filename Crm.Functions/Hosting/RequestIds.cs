namespace Crm.Functions.Hosting;

/// <summary>Gives every request an id: the client's own when it is harmless, else a new one. It is in the answer, its errors and the log.</summary>
public static class RequestIds
{
    private const string Header = "X-Request-Id";
    private const int LongestClientId = 64;

    public static void UseRequestIds(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        var given = context.Request.Headers[Header].ToString();
        context.TraceIdentifier = IsHarmless(given) ? given : Guid.CreateVersion7().ToString("N");
        // At the last moment: the exception handler begins the answer anew, without what was set before.
        context.Response.OnStarting(static state =>
        {
            var context = (HttpContext)state;
            context.Response.Headers[Header] = context.TraceIdentifier;
            return Task.CompletedTask;
        }, context);
        return next(context);
    });

    private static bool IsHarmless(string id) =>
        id.Length is > 0 and <= LongestClientId && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
