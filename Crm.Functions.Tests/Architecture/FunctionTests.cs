using System.Reflection;
using System.Text.Json;
using Crm.Functions.Hosting;
using Crm.Functions.Tests.Fixture;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;

namespace Crm.Functions.Tests.Architecture;

/// <summary>Every endpoint is a function: named, guarded, and written into its function.json as the host wants it.</summary>
public sealed class FunctionTests(TestServices services)
{
    private IEnumerable<RouteEndpoint> Endpoints => services.App.Endpoints.OfType<RouteEndpoint>();

    [Fact]
    public void Every_endpoint_says_whom_it_is_for()
    {
        var unguarded = Endpoints.Where(endpoint => !FunctionEndpoints.IsGuarded(endpoint.Metadata)).Select(endpoint => endpoint.DisplayName);
        Assert.Empty(unguarded);
    }

    [Fact]
    public void Nothing_is_open_to_everybody_by_accident()
    {
        // Add a name here only together with the reason why no sign-in is needed.
        string[] known =
        [
            "Login", "RefreshSession", "ForgotPassword", "ResetPassword", "AcceptInvitation", "PreviewInvitation", // what leads to a sign-in; guarded by their secrets
            "AcceptInvitationPage", "ResetPasswordPage", // pages without data, for links in mails
            "Health", "Ready", // probes
            "ApiDocument", "ApiDocs", // the documentation
        ];
        var open = Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null && endpoint.Metadata.GetMetadata<Trigger>() is null).Select(Name);
        Assert.Equal(known.Order(StringComparer.Ordinal), open.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_function_has_a_name_of_its_own_that_the_host_takes()
    {
        var names = FunctionManifest.Functions(services.App.Endpoints).Select(function => function.Name).ToArray();
        Assert.Equal(names.Length, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(names, name => Assert.Matches("^[A-Za-z][A-Za-z0-9_-]{0,126}$", name));
        // The host serves these itself.
        Assert.DoesNotContain(Endpoints, endpoint => endpoint.RoutePattern.RawText!.Trim('/').Split('/')[0] is "admin" or "runtime" or "api");
    }

    [Fact]
    public void Every_id_in_a_route_is_a_guid_and_the_routes_do_not_clash_in_the_host()
    {
        foreach (var endpoint in Endpoints)
            Assert.All(endpoint.RoutePattern.Parameters.Where(parameter => parameter.Name.EndsWith("id", StringComparison.OrdinalIgnoreCase)), parameter => Assert.Equal("guid", Assert.Single(parameter.ParameterPolicies).Content));
    }

    [Fact]
    public void The_function_json_of_each_endpoint_has_its_route_methods_and_bindings()
    {
        var folder = Directory.CreateTempSubdirectory("functions-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "Gone"));
            File.WriteAllText(Path.Combine(folder, "Gone", "function.json"), "{}");
            FunctionManifest.Write(folder, services.App.Endpoints);

            Assert.Equal(Endpoints.Select(Name).Append("Api").Order(StringComparer.Ordinal), Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
            foreach (var endpoint in Endpoints)
            {
                var bindings = Bindings(folder, Name(endpoint));
                switch (endpoint.Metadata.GetMetadata<Trigger>())
                {
                    case QueueTrigger queue:
                        Assert.Equal($$"""[{"type":"queueTrigger","direction":"in","name":"message","queueName":"{{queue.Queue}}","connection":"AzureWebJobsStorage"}]""", bindings);
                        Assert.Equal("/" + Name(endpoint), endpoint.RoutePattern.RawText);
                        break;
                    case TimerTrigger timer:
                        Assert.Equal($$"""[{"type":"timerTrigger","direction":"in","name":"timer","schedule":"{{timer.Schedule}}","useMonitor":true}]""", bindings);
                        Assert.Equal("/" + Name(endpoint), endpoint.RoutePattern.RawText);
                        break;
                    default:
                        var methods = string.Join(',', endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods.Select(method => $"\"{method.ToLowerInvariant()}\""));
                        Assert.Equal(
                            $$"""[{"type":"httpTrigger","direction":"in","name":"request","authLevel":"anonymous","methods":[{{methods}}],"route":"{{endpoint.RoutePattern.RawText!.Trim('/')}}"},{"type":"http","direction":"out","name":"response"}]""",
                            bindings);
                        break;
                }
            }

            Assert.Contains("\"route\":\"contacts/{id:guid}/timeline/{entryId:guid}\"", Bindings(folder, "DeleteTimelineEntry"), StringComparison.Ordinal);
            Assert.Contains("\"route\":\"api/{*path}\"", Bindings(folder, "Api"), StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(folder, "host.json")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Every_route_has_its_twin_under_api()
    {
        foreach (var endpoint in Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<Trigger>() is null))
        {
            var path = "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => segment.Parts is [Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal] ? literal.Content : segment.Parts is [Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { IsCatchAll: true }] ? "" : Guid.Empty.ToString()));
            var method = new HttpMethod(endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods[0]);
            var (root, twin) = (await services.App.Anonymous.Send(method, path, null), await services.App.Anonymous.Send(method, "/api" + path, null));
            Assert.True(root.Status == twin.Status && !twin.Body.Contains("\"NOT_FOUND\"", StringComparison.Ordinal), $"{method} {path}: {root.Status} {root.Body}, under /api {twin.Status} {twin.Body}");
        }
    }

    [Fact]
    public void Every_request_type_is_public()
    {
        // The framework leaves others unvalidated without a word.
        var parameters = Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<MethodInfo>()).OfType<MethodInfo>().SelectMany(handler => handler.GetParameters()).ToArray();
        Assert.NotEmpty(parameters);
        Assert.All(parameters.Where(parameter => parameter.ParameterType.Assembly == typeof(CrmApp).Assembly), parameter => Assert.True(parameter.ParameterType.IsVisible, $"{parameter.ParameterType} of {parameter.Member.DeclaringType} must be public."));
    }

    [Fact]
    public void Every_request_body_has_an_example()
    {
        // A token's example would be no token, a file's no file, and nobody has the contacts that an example would merge.
        string[] without = ["AcceptInvitation", "ImportContacts", "MergeContacts", "RefreshSession", "ResetPassword"];
        var missing = Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is { } type && type.GetProperty("Example") is null).Select(Name);
        Assert.Equal(without, missing.Order(StringComparer.Ordinal));
    }

    private static string Name(Endpoint endpoint) => endpoint.Metadata.GetRequiredMetadata<IEndpointNameMetadata>().EndpointName;

    private static string Bindings(string folder, string function) =>
        JsonSerializer.Serialize(JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, function, "function.json"))).RootElement.GetProperty("bindings"));
}
