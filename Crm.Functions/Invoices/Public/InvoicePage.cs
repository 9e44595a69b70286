using System.Reflection;
using Crm.Shared.Integrations.Stripe;
using Microsoft.AspNetCore.Http.Metadata;

namespace Crm.Functions.Invoices.Public;

/// <summary>
/// The page of an invoice: one answer, as nothing else may be loaded but what Stripe needs. Where there is none browsers get a page that says so, programs
/// the envelope.
/// </summary>
public sealed class InvoicePage : IResult, IEndpointMetadataProvider
{
    private readonly string _html;
    private readonly string _policy;
    private readonly Error? _fault;

    internal InvoicePage(PublicInvoice found, StripeOptions stripe)
    {
        var place = PayPlace.Of(found, stripe);
        (_html, _policy) = (InvoicePageBody.Of(found, place), place.Policy);
    }

    private InvoicePage(Error fault) => (_html, _policy, _fault) = (InvoicePageBody.Of(fault), PayPlace.Nothing.Policy, fault);

    public static implicit operator InvoicePage(Error fault) => new(fault);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        Guard(httpContext);
        if (_fault is not null && !httpContext.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
            return httpContext.Refuse(_fault);
        httpContext.Response.Headers.ContentSecurityPolicy = _policy;
        httpContext.Response.StatusCode = _fault?.Status ?? StatusCodes.Status200OK;
        httpContext.Response.ContentType = "text/html; charset=utf-8";
        return httpContext.Response.WriteAsync(_html, httpContext.RequestAborted);
    }

    /// <summary>The address holds a token: it must not leak to other sites, nor stay in caches or search engines.</summary>
    internal static void Guard(HttpContext context)
    {
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        context.Response.Headers.CacheControl = "no-store";
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string), ["text/html"]));
}
