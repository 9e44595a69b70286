using System.Collections.Concurrent;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace Crm.Functions.Hosting;

/// <summary>The HTTP functions as endpoints, each made when it is first asked for.</summary>
public sealed class FunctionEndpoints(IFunctionMetadataManager functions, IServiceProvider services) : EndpointDataSource
{
    private readonly Lazy<Dictionary<string, IFunctionMetadata>> _metadata = new(
        () => Metadata(functions).ToDictionary(function => function.Name!, StringComparer.Ordinal));
    private readonly ConcurrentDictionary<string, Endpoint?> _endpoints = new(StringComparer.Ordinal);

    public override IReadOnlyList<Endpoint> Endpoints => [.. _metadata.Value.Keys.Select(Named).OfType<Endpoint>()];

    /// <summary>The endpoint of a function; null when it is not called over HTTP.</summary>
    public Endpoint? Named(string function) => _endpoints.GetOrAdd(function, name => HttpFunction.Of(_metadata.Value[name])?.Runnable(services));

    public override IChangeToken GetChangeToken() => NullChangeToken.Singleton;

    // Written into the app by the worker's generator: it never waits, nor reads files.
    internal static IEnumerable<IFunctionMetadata> Metadata(IFunctionMetadataManager functions) =>
        functions.GetFunctionMetadataAsync(AppContext.BaseDirectory).GetAwaiter().GetResult();
}

/// <summary>
/// The same endpoints for the OpenAPI document. Describing all of them takes half a second, and the authorization middleware reads this source at the first
/// request: so it is empty until somebody asks for the document.
/// </summary>
public sealed class DescribedFunctions(IFunctionMetadataManager functions, IServiceProvider services) : EndpointDataSource, IApiDescriptionProvider
{
    private IReadOnlyList<Endpoint> _endpoints = [];

    public override IReadOnlyList<Endpoint> Endpoints => _endpoints;

    public override IChangeToken GetChangeToken() => NullChangeToken.Singleton;

    /// <summary>Before the framework's provider, which reads them.</summary>
    int IApiDescriptionProvider.Order => int.MinValue;

    void IApiDescriptionProvider.OnProvidersExecuting(ApiDescriptionProviderContext context) =>
        _endpoints = [.. FunctionEndpoints.Metadata(functions).Select(HttpFunction.Of).OfType<HttpFunction>().Select(function => function.Described(services))];

    void IApiDescriptionProvider.OnProvidersExecuted(ApiDescriptionProviderContext context)
    {
    }
}
