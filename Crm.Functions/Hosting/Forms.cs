using System.Reflection;
using Microsoft.AspNetCore.Http.Features;

namespace Crm.Functions.Hosting;

/// <summary>
/// Reads the form of a request whose function takes a file, before anything else looks at it: what is wrong with the form is then said in one
/// place, whoever would have found it (a character set that .NET does not know, for one, is no bad request to the framework).
/// </summary>
public static class Forms
{
    public static void UseForms(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        if (!TakesFile(context.GetEndpoint()))
            return next(context);
        if (context.Request.HasFormContentType)
            return Read(context, next);
        // What is no form has no file in it: the use case says so when it comes to the file, which it looks at last.
        context.Features.Set<IFormFeature>(new FormFeature(FormCollection.Empty));
        context.Features.Set<IHttpRequestBodyDetectionFeature>(new AnyBody());
        return next(context);
    });

    private sealed class AnyBody : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => true;
    }

    private static bool TakesFile(Endpoint? endpoint) =>
        endpoint?.Metadata.GetMetadata<MethodInfo>()?.GetParameters().Any(parameter => parameter.ParameterType == typeof(IFormFile)) == true;

    private static async Task Read(HttpContext context, RequestDelegate next)
    {
        try
        {
            await context.Request.ReadFormAsync(context.RequestAborted);
        }
        // A BadHttpRequestException, which is an IOException, says better what is wrong: the body is too large.
        catch (Exception exception)
            when (exception is InvalidDataException or NotSupportedException or ArgumentException or IOException and not BadHttpRequestException)
        {
            await context.Refuse(Errors.BodyBroken);
            return;
        }

        await next(context);
    }
}
