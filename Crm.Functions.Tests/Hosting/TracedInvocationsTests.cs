using System.Collections.Immutable;
using Crm.Functions.Hosting;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Functions.Tests.Hosting;

/// <summary>What is told of invocations while traces are exported.</summary>
public sealed class TracedInvocationsTests
{
    [Fact]
    public async Task Of_a_client_that_hung_up_nothing_is_told_and_nothing_fails()
    {
        var request = new DefaultHttpContext();
        var context = new Context(request);
        var told = new List<string>();

        await new TracedInvocations(NullLogger<TracedInvocations>.Instance).Invoke(context, async _ =>
        {
            Assert.Contains(TracedInvocations.OfCurrent(), fact => fact.Key == "http.request.method");
            request.Uninitialize();
            await Task.Yield();
            told.AddRange(TracedInvocations.OfCurrent().Select(fact => fact.Key));
        });

        Assert.Equal(["faas.name", "faas.invocation_id"], told);
    }

    private sealed class Context(HttpContext request) : FunctionContext
    {
        public override string InvocationId => "1";
        public override string FunctionId => "1";
        public override TraceContext TraceContext => throw new NotSupportedException();
        public override BindingContext BindingContext => throw new NotSupportedException();
        public override RetryContext RetryContext => throw new NotSupportedException();
        public override IServiceProvider InstanceServices { get; set; } = null!;
        public override FunctionDefinition FunctionDefinition { get; } = new Definition();
        public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object> { ["HttpRequestContext"] = request };
        public override IInvocationFeatures Features => throw new NotSupportedException();
    }

    private sealed class Definition : FunctionDefinition
    {
        public override ImmutableArray<FunctionParameter> Parameters => [];
        public override string PathToAssembly => "";
        public override string EntryPoint => "";
        public override string Id => "1";
        public override string Name => "GetContact";
        public override IImmutableDictionary<string, BindingMetadata> InputBindings => ImmutableDictionary<string, BindingMetadata>.Empty;
        public override IImmutableDictionary<string, BindingMetadata> OutputBindings => ImmutableDictionary<string, BindingMetadata>.Empty;
    }
}
