using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Crm.Functions.Replies;

/// <summary>As <see cref="Reply{T}"/>, answered with 201: the use case created something.</summary>
public sealed class Created<T> : Reply<T>, IEndpointMetadataProvider
{
    private Created(T data) : base(data)
    {
    }

    private Created(Error error) : base(error)
    {
    }

    protected override int Status => StatusCodes.Status201Created;

    public static implicit operator Created<T>(T data) => new(data);

    public static implicit operator Created<T>(Error error) => new(error);

    public static new void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        Describe(builder, StatusCodes.Status201Created, typeof(Envelope<T>));
}

/// <summary>As <see cref="Reply{T}"/>, answered with 202: the work goes on in the background.</summary>
public sealed class Accepted<T> : Reply<T>, IEndpointMetadataProvider
{
    private Accepted(T data) : base(data)
    {
    }

    private Accepted(Error error) : base(error)
    {
    }

    protected override int Status => StatusCodes.Status202Accepted;

    public static implicit operator Accepted<T>(T data) => new(data);

    public static implicit operator Accepted<T>(Error error) => new(error);

    public static new void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        Describe(builder, StatusCodes.Status202Accepted, typeof(Envelope<T>));
}
