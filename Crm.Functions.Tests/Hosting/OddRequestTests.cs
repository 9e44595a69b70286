using System.Reflection;
using System.Text.Json;
using Crm.Functions.Hosting;
using Crm.Functions.Requests;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Permissions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Azure.Functions.Worker;

namespace Crm.Functions.Tests.Hosting;

/// <summary>No value of any type in any field of any body, and none in any parameter of any query, makes the app fail.</summary>
public sealed class OddRequestTests(TestServices services)
{
    private static readonly string Long = new('9', 5000);

    /// <summary>JSON as it goes over the wire.</summary>
    private static readonly string[] Odd =
        [
            "null", "-1", "1e999", "99999999999999999999999999", "\"\\ud800\"", "\"\\u0000\"",
            "[null]", "{\"a\":{\"a\":[1]}}", $"\"{Long}\"", "\"9999-12-31T23:59:59-14:00\"",
        ];

    private static readonly string[] OddQueries = ["", "%00", "%ED%A0%80", "-1", "99999999999999999999", "9999-12-31T23:59:59-14:00", Long];

    public static TheoryData<string> Cases()
    {
        using var app = CrmApp.Build([]);
        return [.. app.Services.GetRequiredService<FunctionEndpoints>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null).Select(RouteCalls.Name)];
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task No_field_and_no_parameter_takes_a_value_that_breaks_the_app(string function)
    {
        // They end the caller's own session.
        if (function is "Logout" or "LogoutEverywhere" or "ChangePassword")
            return;
        var endpoint = services.App.Described.OfType<RouteEndpoint>().Single(endpoint => RouteCalls.Name(endpoint) == function);
        var world = await RecordWorld.Create(services.App, "owner");
        async Task<Guid[]> Ids() =>
            Standing.KindsOf(endpoint).ToArray() is [var kind, ..] ? (await world.Make(kind, kind == Kind.Member ? State.Colleagues : State.Own)).Ids : [];
        var ids = await Ids();
        var faults = new List<string>();
        async Task Try(string? body, string query)
        {
            var reply = await RouteCalls.Call(world.Caller, endpoint, ids, body, query);
            if (reply.Status >= 500)
                faults.Add($"{reply.Request[..Math.Min(reply.Request.Length, 200)]} {body?[..Math.Min(body.Length, 300)]} {reply.Status} {reply.Body}");
            if (reply.Status is 200 or 201 or 404 && RouteCalls.Method(endpoint) == HttpMethod.Delete)
                ids = await Ids();
        }

        foreach (var name in Parameters(endpoint))
        {
            foreach (var odd in OddQueries)
                await Try(RouteCalls.Example(endpoint)?.ToJsonString(), $"?{name}={odd}");
            await Try(RouteCalls.Example(endpoint)?.ToJsonString(), $"?{name}=1&{name}=2&{name}=");
        }

        if (!RouteCalls.IsForm(endpoint) && RouteCalls.Example(endpoint) is not null)
        {
            foreach (var odd in Odd)
                await Try(odd, "");
            foreach (var name in Fields(endpoint))
            {
                foreach (var odd in Odd)
                {
                    var body = RouteCalls.Example(endpoint)!;
                    body[name] = "ODD";
                    await Try(body.ToJsonString().Replace("\"ODD\"", odd, StringComparison.Ordinal), "");
                }
            }
        }

        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    private static IEnumerable<string> Fields(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetRequiredMetadata<MethodInfo>().GetParameters()
            .Single(parameter => parameter.IsDefined(typeof(HttpTriggerAttribute), false)).ParameterType.GetProperties()
            .Where(property => !property.GetMethod!.IsStatic).Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name));

    private static IEnumerable<string> Parameters(RouteEndpoint endpoint)
    {
        foreach (var parameter in endpoint.Metadata.GetRequiredMetadata<MethodInfo>().GetParameters())
        {
            if (parameter.IsDefined(typeof(AsParametersAttribute), false))
            {
                foreach (var property in parameter.ParameterType.GetProperties())
                    yield return JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            }
            else if (parameter.ParameterType == typeof(Paging))
            {
                foreach (var name in new[] { "page", "pageSize", "limit", "cursor", "sortBy", "sortOrder" })
                    yield return name;
            }
            else if (endpoint.RoutePattern.GetParameter(parameter.Name!) is null
                && (parameter.ParameterType.Namespace == "System" || parameter.ParameterType == typeof(ClientTime)))
            {
                yield return parameter.Name!;
            }
        }
    }
}
