using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Crm.Functions.Replies;

/// <summary>What a use case returns that leads on to another address (302), or an <see cref="Error"/> in the envelope.</summary>
public sealed class Redirection : IResult, IEndpointMetadataProvider
{
    private readonly IResult _result;

    public Redirection(Uri address) => _result = Results.Redirect(address.ToString());

    private Redirection(Error error) => _result = new Refusal(error);

    public static implicit operator Redirection(Error error) => new(error);

    public Task ExecuteAsync(HttpContext httpContext) => _result.ExecuteAsync(httpContext);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status302Found));
}
