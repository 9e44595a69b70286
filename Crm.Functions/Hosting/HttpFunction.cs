using System.Reflection;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;

namespace Crm.Functions.Hosting;

/// <summary>A function that is called over HTTP: its name, its method and its trigger.</summary>
public sealed class HttpFunction
{
    private readonly string _name;
    private readonly MethodInfo _method;
    private readonly HttpTriggerAttribute _trigger;
    private readonly RoutePattern _pattern;

    private HttpFunction(string name, MethodInfo method, HttpTriggerAttribute trigger)
    {
        _name = name;
        _method = method;
        _trigger = trigger;
        _pattern = RoutePatternFactory.Parse("/" + trigger.Route);
    }

    /// <summary>The function of this metadata, which the worker's generator wrote; null when it is not called over HTTP, or is the fallback.</summary>
    public static HttpFunction? Of(IFunctionMetadata function)
    {
        var dot = function.EntryPoint!.LastIndexOf('.');
        var method = typeof(HttpFunction).Assembly.GetType(function.EntryPoint[..dot], throwOnError: true)!.GetMethod(function.EntryPoint[(dot + 1)..])!;
        var trigger = method.GetParameters()
            .Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(trigger => trigger is not null);
        return trigger is null || function.Name == Fallback.Name ? null : new(function.Name!, method, trigger);
    }

    /// <summary>The endpoint that runs it. It is bound at its first call: a cold start answers one function, not a hundred and fifty.</summary>
    public Endpoint Runnable(IServiceProvider services)
    {
        RequestDelegate? bound = null;
        return Builder(services, context => (bound ??= Bind(services))(context)).Build();
    }

    /// <summary>The endpoint with all that its binding tells of it, for the OpenAPI document.</summary>
    public Endpoint Described(IServiceProvider services)
    {
        var builder = Builder(services, static _ => Task.CompletedTask);
        RequestDelegateFactory.InferMetadata(_method, Options(services, builder));
        return builder.Build();
    }

    private RequestDelegate Bind(IServiceProvider services) =>
        RequestDelegateFactory.Create(_method, targetFactory: null, Options(services, Builder(services, static _ => Task.CompletedTask))).RequestDelegate;

    private RouteEndpointBuilder Builder(IServiceProvider services, RequestDelegate run)
    {
        var builder = new RouteEndpointBuilder(run, _pattern, order: 0) { DisplayName = _name, ApplicationServices = services };
        builder.FilterFactories.Add(Validation.Filter);
        builder.Metadata.Add(_method);
        builder.Metadata.Add(new HttpMethodMetadata(_trigger.Methods!.Select(static method => method.ToUpperInvariant())));
        builder.Metadata.Add(new EndpointNameMetadata(_name));
        foreach (var attribute in _method.GetCustomAttributes())
            builder.Metadata.Add(attribute);
        return builder;
    }

    private RequestDelegateFactoryOptions Options(IServiceProvider services, RouteEndpointBuilder builder) => new()
    {
        ServiceProvider = services,
        RouteParameterNames = _pattern.Parameters.Select(static parameter => parameter.Name),
        ThrowOnBadRequest = true,
        EndpointBuilder = builder,
    };
}
