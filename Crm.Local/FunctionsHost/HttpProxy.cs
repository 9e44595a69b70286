using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Crm.Local.FunctionsHost;

/// <summary>Passes a request on to the handler and its answer back, both as streams, on the request's own path and query.</summary>
internal sealed class HttpProxy(HttpMessageInvoker handler, Uri handlerAddress)
{
    /// <summary>The platform cuts a call off here.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(230);

    private static readonly UriCreationOptions Untouched = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private static readonly HashSet<string> HopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.ProxyAuthenticate, HeaderNames.ProxyAuthorization, HeaderNames.ProxyConnection,
        HeaderNames.TE, HeaderNames.Trailer, HeaderNames.TransferEncoding, HeaderNames.Upgrade, HeaderNames.Expect,
    };

    public async Task ForwardAsync(HttpContext context)
    {
        if (context.Request.ContentLength > context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(Limit);
        try
        {
            using var request = CreateRequest(context);
            using var response = await handler.SendAsync(request, limit.Token);
            CopyHead(response, context.Response);
            await response.Content.CopyToAsync(context.Response.Body, limit.Token);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; the handler saw its connection close.
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            Fail(context, error);
        }
    }

    /// <summary>An answer that has begun cannot be taken back: its connection is cut, so that it does not look complete.</summary>
    private static void Fail(HttpContext context, Exception error)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        context.Response.StatusCode = error switch
        {
            HandlerDownException => StatusCodes.Status503ServiceUnavailable,
            OperationCanceledException => StatusCodes.Status504GatewayTimeout,
            _ when InChain<BadHttpRequestException>(error) is { } bad => bad.StatusCode,
            _ => StatusCodes.Status502BadGateway,
        };
    }

    private static T? InChain<T>(Exception? error)
        where T : Exception
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is T found)
            {
                return found;
            }
        }

        return null;
    }

    private HttpRequestMessage CreateRequest(HttpContext context)
    {
        var incoming = context.Request;
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!target.StartsWith('/'))
        {
            // The absolute form that proxies are sent.
            target = incoming.Path.ToUriComponent() + incoming.QueryString;
        }

        var request = new HttpRequestMessage(new HttpMethod(incoming.Method), new Uri(handlerAddress.GetLeftPart(UriPartial.Authority) + target, Untouched));
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            request.Content = new StreamContent(incoming.Body);
        }
        else if (!HttpMethods.IsGet(incoming.Method) && !HttpMethods.IsHead(incoming.Method))
        {
            // The client repeats a request without content when its connection breaks; one that may have changed something must not be repeated.
            request.Content = new ByteArrayContent([]);
        }

        var named = incoming.Headers.Connection.SelectMany(value => value!.Split(',', StringSplitOptions.TrimEntries)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in incoming.Headers)
        {
            if (!HopByHop.Contains(name) && !named.Contains(name))
            {
                Add(request, name, values);
            }
        }

        AddHostHeaders(request, context);
        return request;
    }

    private static void Add(HttpRequestMessage request, string name, StringValues values)
    {
        if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
        {
            // About a body, which a request need not have to carry them.
            request.Content ??= new ByteArrayContent([]);
            request.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }

    private static void AddHostHeaders(HttpRequestMessage request, HttpContext context)
    {
        var headers = request.Headers;
        var incoming = context.Request;
        var forwardedFor = string.Join(", ", [.. incoming.Headers["X-Forwarded-For"].Where(v => !string.IsNullOrEmpty(v)), context.Connection.RemoteIpAddress]);
        Set(headers, "X-Forwarded-For", forwardedFor);
        Set(headers, "X-Forwarded-Host", incoming.Host.Value ?? "");
        Set(headers, "X-Forwarded-Proto", incoming.Scheme);
        Set(headers, FunctionInvoker.InvocationIdHeader, Guid.NewGuid().ToString());
        Set(headers, FunctionInvoker.HostVersionHeader, FunctionInvoker.HostVersion);
    }

    private static void Set(HttpRequestHeaders headers, string name, string value)
    {
        headers.Remove(name);
        headers.TryAddWithoutValidation(name, value);
    }

    private static void CopyHead(HttpResponseMessage from, HttpResponse to)
    {
        to.StatusCode = (int)from.StatusCode;
        foreach (var (name, values) in from.Headers.NonValidated)
        {
            Copy(name, values);
        }

        foreach (var (name, values) in from.Content.Headers.NonValidated)
        {
            Copy(name, values);
        }

        void Copy(string name, HeaderStringValues values)
        {
            if (!HopByHop.Contains(name))
            {
                to.Headers.Append(name, values.ToArray());
            }
        }
    }
}
