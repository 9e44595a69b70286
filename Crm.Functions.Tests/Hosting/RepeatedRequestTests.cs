using Crm.Functions.Hosting;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Permissions;
using Microsoft.AspNetCore.Authorization;

namespace Crm.Functions.Tests.Hosting;

/// <summary>What holds for every route: a POST with a key is carried out once, and methods nobody offers do nothing.</summary>
public sealed class RepeatedRequestTests(TestServices services)
{
    private static readonly string[] Methods = ["OPTIONS", "TRACE", "PUT", "GET", "POST", "PATCH", "DELETE", "NONSENSE"];

    public static TheoryData<string> Posts()
    {
        using var app = CrmApp.Build([]);
        return [.. app.Services.GetRequiredService<FunctionEndpoints>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => RouteCalls.Method(endpoint) == HttpMethod.Post && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null
                && RouteCalls.Name(endpoint) is not ("Logout" or "LogoutEverywhere"))
            .Select(RouteCalls.Name)];
    }

    [Theory]
    [MemberData(nameof(Posts))]
    public async Task Each_post_with_a_key_is_carried_out_once(string function)
    {
        var endpoint = services.App.Described.OfType<RouteEndpoint>().Single(endpoint => RouteCalls.Name(endpoint) == function);
        var world = await RecordWorld.Create(services.App, "owner");
        var digest = await TableDigest.Create(services.App);
        var ids = await PermissionMatrixTests.Record(endpoint, world.Org, world.Caller);
        var body = await PermissionMatrixTests.Body(endpoint, world.Org, world.Caller);
        var client = new KeyedClient(services.App, world.Caller.AccessToken!, $"{Guid.NewGuid()}");

        var first = await RouteCalls.Call(client, endpoint, ids, body);
        Assert.True(first.Status is 200 or 201 or 202, $"{first.Request} {first.Status} {first.Body}");
        var before = await digest.Of(world);
        var second = await RouteCalls.Call(client, endpoint, ids, body);

        Assert.Equal((first.Status, first.Body, "true"), (second.Status, second.Body, second.Headers.GetValueOrDefault("Idempotency-Replayed")));
        Assert.Equal("", TableDigest.Difference(before, await digest.Of(world)));
    }

    [Fact]
    public async Task Methods_that_a_route_does_not_offer_do_nothing()
    {
        var world = await RecordWorld.Create(services.App, "owner");
        var digest = await TableDigest.Create(services.App);
        var routes = services.App.Described.OfType<RouteEndpoint>().Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null)
            .ToLookup(RouteCalls.Pattern, StringComparer.Ordinal);
        var before = await digest.Of(world);
        foreach (var route in routes)
        {
            var offered = route.Select(RouteCalls.Method).ToArray();
            var path = string.Join('/', route.Key.Split('/').Select(segment => segment.StartsWith('{') ? $"{Guid.NewGuid()}" : segment));
            foreach (var method in Methods.Select(name => new HttpMethod(name)))
            {
                if (!offered.Contains(method))
                    (await world.Caller.Send(method, path, null)).Expect(405);
            }
        }

        Assert.Equal("", TableDigest.Difference(before, await digest.Of(world)));
    }

    private sealed class KeyedClient(TestApp app, string token, string key) : TestClient(app, token)
    {
        public override Task<TestReply> Send(HttpMethod method, string path, object? body, params (string Name, string Value)[] headers) =>
            base.Send(method, path, body, [.. headers, ("Idempotency-Key", key)]);
    }
}
