using System.Reflection;
using System.Text.Json.Nodes;
using Crm.Functions.Auth;
using Crm.Functions.Hosting;
using Crm.Functions.Requests;
using Crm.Functions.Tests.Fixture;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.Validation;
using NCrontab;

namespace Crm.Functions.Tests.Architecture;

/// <summary>Every function is named, guarded and routed so that the Functions host, which knows none of our rules, cannot call a wrong one.</summary>
public sealed class FunctionTests(TestServices services)
{
    private IEnumerable<RouteEndpoint> Endpoints => services.App.Endpoints.OfType<RouteEndpoint>();

    [Fact]
    public void Every_endpoint_says_whom_it_is_for()
    {
        var unguarded = Endpoints.Where(endpoint => !WebPipeline.IsGuarded(endpoint.Metadata)).Select(endpoint => endpoint.DisplayName);
        Assert.Empty(unguarded);
    }

    [Fact]
    public void Nothing_is_open_to_everybody_by_accident()
    {
        // Add a name here only together with the reason why no sign-in is needed.
        string[] known =
        [
            // What leads to a sign-in; guarded by their secrets.
            "Login", "RefreshSession", "ForgotPassword", "ResetPassword", "AcceptInvitation", "PreviewInvitation",
            "AcceptInvitationPage", "ResetPasswordPage", // pages without data, for links in mails
            "ReportsPage", // a page without data, which signs in itself
            "DownloadExport", // guarded by the signature of its link
            "ShowPublicInvoice", "DownloadPublicInvoice", "PayPublicInvoice", // for customers; guarded by the token of their link
            "Health", "Ready", // probes
            "ReceiveMailEvents", "ReceiveMail", "ReceiveSmsStatus", "ReceiveSms", "ReceivePaymentEvents", // vendors, who sign or know a secret
            "TrackOpen", "TrackClick", "UnsubscribePage", "Unsubscribe", // recipients, whose links are signed
        ];
        var open = Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null).Select(Name);
        Assert.Equal(known.Order(StringComparer.Ordinal), open.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_function_has_a_name_of_its_own_that_the_host_takes()
    {
        var names = (await Functions()).Select(function => function.Name!).ToArray();
        Assert.Equal(names.Length, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(names, name => Assert.Matches("^[A-Za-z][A-Za-z0-9_-]{0,126}$", name));
        Assert.Equal(Fallback.Name, names.Order(StringComparer.OrdinalIgnoreCase).Last());
        // The host serves these itself; the last is the twin of all.
        Assert.DoesNotContain(Endpoints, endpoint => endpoint.RoutePattern.RawText!.Trim('/').Split('/')[0] is "admin" or "runtime" or "api");
    }

    [Fact]
    public async Task Every_trigger_is_one_the_host_takes_as_we_mean_it()
    {
        foreach (var function in await Functions())
        {
            var trigger = function.RawBindings!.Select(binding => JsonNode.Parse(binding)!)
                .Single(binding => binding["type"]!.GetValue<string>().EndsWith("Trigger", StringComparison.Ordinal));
            Assert.Matches("^[a-zA-Z][a-zA-Z0-9]{0,127}$", trigger["name"]!.GetValue<string>());
            switch (trigger["type"]!.GetValue<string>())
            {
                case "httpTrigger":
                    // Any other level wants a function key.
                    Assert.Equal("Anonymous", trigger["authLevel"]!.GetValue<string>());
                    Assert.Null(trigger["dataType"]);
                    break;
                case "queueTrigger":
                    Assert.Contains(trigger["queueName"]!.GetValue<string>(), Queues.All);
                    break;
                case "timerTrigger":
                    Assert.NotNull(
                        CrontabSchedule.TryParse(trigger["schedule"]!.GetValue<string>(), new CrontabSchedule.ParseOptions { IncludingSeconds = true }));
                    break;
                case "warmupTrigger":
                    // The host looks for this name.
                    Assert.Equal("Warmup", function.Name);
                    break;
                default:
                    Assert.Fail($"{function.Name} has a trigger of a new kind.");
                    break;
            }
        }
    }

    [Fact]
    public void Every_id_in_a_route_is_a_guid()
    {
        foreach (var endpoint in Endpoints)
            Assert.All(
                endpoint.RoutePattern.Parameters.Where(parameter => parameter.Name.EndsWith("id", StringComparison.OrdinalIgnoreCase)),
                parameter => Assert.Equal("guid", Assert.Single(parameter.ParameterPolicies).Content));
    }

    [Fact]
    public void No_two_routes_of_a_method_are_of_equal_precedence()
    {
        // The worker would find both, take neither, and let the call hang.
        var shapes = Endpoints.SelectMany(endpoint => Methods(endpoint).Select(method => $"{method} {Shape(endpoint)}"));
        Assert.DoesNotContain(shapes.CountBy(shape => shape), shape => shape.Value > 1);

        static string Shape(RouteEndpoint endpoint) => string.Join('/', endpoint.RoutePattern.RawText!.Trim('/').ToLowerInvariant().Split('/').Select(segment =>
            segment[0] != '{' ? segment : segment.Contains(':', StringComparison.Ordinal) ? "{:}" : "{}"));
    }

    [Fact]
    public async Task For_every_route_the_host_comes_to_the_right_function_first()
    {
        // As the host routes: function by function in the order of their names, case ignored; the first whose template and method match is called.
        var constraints = services.App.Services.GetRequiredService<IInlineConstraintResolver>();
        var called = "";
        var routes = new RouteCollection();
        foreach (var endpoint in Endpoints.OrderBy(Name, StringComparer.OrdinalIgnoreCase))
        {
            var function = Name(endpoint);
            var methods = new Dictionary<string, object>(StringComparer.Ordinal) { ["httpMethod"] = new HttpMethodRouteConstraint([.. Methods(endpoint)]) };
            var handler = new RouteHandler(_ =>
            {
                called = function;
                return Task.CompletedTask;
            });
            var template = endpoint.RoutePattern.RawText!.Trim('/');
            routes.Add(new Microsoft.AspNetCore.Routing.Route(handler, function, template, null, methods, null, constraints));
        }

        foreach (var endpoint in Endpoints)
        {
            var context = new DefaultHttpContext { RequestServices = services.App.Services };
            context.Request.Method = Methods(endpoint)[0];
            context.Request.Path = Path(endpoint);
            var route = new RouteContext(context);
            await routes.RouteAsync(route);
            Assert.NotNull(route.Handler);
            context.Features.Set<IRoutingFeature>(new RoutingFeature { RouteData = route.RouteData });
            await route.Handler(context);
            Assert.True(called == Name(endpoint), $"{context.Request.Method} {context.Request.Path} calls {called} instead of {Name(endpoint)}.");
        }
    }

    [Fact]
    public async Task The_page_of_all_functions_is_up_to_date()
    {
        var http = Endpoints.Select(endpoint => (
            Route: endpoint.RoutePattern.RawText!,
            Line: $"{Methods(endpoint)[0],-6} {endpoint.RoutePattern.RawText,-46} {Who(endpoint),-16} {Name(endpoint)}"));
        var others = (await Functions()).Select(function => (function.Name, Trigger: JsonNode.Parse(function.RawBindings![0])!))
            .Where(function => function.Trigger["type"]!.GetValue<string>() != "httpTrigger")
            .Select(function => (Route: "", Line: function.Trigger["queueName"] is { } queue
                ? $"queue  {queue,-63} {function.Name}"
                : function.Trigger["schedule"] is { } schedule
                    ? $"timer  {schedule,-63} {function.Name}"
                    : $"warmup {"",-63} {function.Name}"));
        var page = string.Join('\n', http.OrderBy(line => line.Route, StringComparer.Ordinal).ThenBy(line => line.Line, StringComparer.Ordinal)
            .Concat(others.OrderBy(line => line.Line, StringComparer.Ordinal)).Select(line => line.Line.TrimEnd())) + "\n";
        await Committed.Compare("docs/functions.txt", page, "FunctionTests");

        static string Who(Endpoint endpoint) =>
            endpoint.Metadata.GetMetadata<AllowAttribute>()?.Permission.ToString()
                ?? (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null ? "signed in" : "everybody");
    }

    [Fact]
    public async Task Every_route_has_its_twin_under_api()
    {
        foreach (var endpoint in Endpoints)
        {
            var (method, path) = (new HttpMethod(Methods(endpoint)[0]), Path(endpoint));
            var (root, twin) = (await services.App.Anonymous.Send(method, path, null), await services.App.Anonymous.Send(method, "/api" + path, null));
            Assert.True(
                root.Status == twin.Status && !twin.Body.Contains("\"NOT_FOUND\"", StringComparison.Ordinal),
                $"{method} {path}: {root.Status} {root.Body}, under /api {twin.Status} {twin.Body}");
        }
    }

    [Fact]
    public void Every_request_type_is_public_and_validated()
    {
        // The framework leaves others unvalidated without a word.
        var parameters = Endpoints.SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<MethodInfo>().GetParameters())
            .Where(parameter => parameter.ParameterType.Assembly == typeof(CrmApp).Assembly).ToArray();
        Assert.NotEmpty(parameters);
        Assert.All(
            parameters,
            parameter => Assert.True(parameter.ParameterType.IsVisible, $"{parameter.ParameterType} of {parameter.Member.DeclaringType} must be public."));
        var bound = new HashSet<Type>();
        foreach (var parameter in parameters.Where(
            parameter => parameter.IsDefined(typeof(HttpTriggerAttribute)) || parameter.IsDefined(typeof(AsParametersAttribute))))
            Collect(parameter.ParameterType, bound);
        Assert.Contains(typeof(Crm.Functions.Contacts.CreateContact.Request), bound);
        Assert.All(bound, type => Assert.True(type.IsDefined(typeof(ValidatableTypeAttribute)), $"{type} needs [ValidatableType]."));
    }

    [Fact]
    public void Every_request_body_has_an_example()
    {
        static bool LacksExample(Type? body) => body is not null && body != typeof(IFormFile) && body.GetProperty("Example") is null;

        var missing = services.App.Described
            .Where(endpoint => LacksExample(endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType))
            .Select(Name);
        Assert.Empty(missing);
    }

    // A request's type, and those of ours that it is made of.
    private static void Collect(Type type, HashSet<Type> found)
    {
        var isOptional = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>);
        type = type.IsArray ? type.GetElementType()!
            : isOptional ? type.GetGenericArguments()[0]
            : Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsArray)
            Collect(type, found);
        else if (type.Assembly == typeof(CrmApp).Assembly && type.IsClass && found.Add(type))
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
                Collect(property.PropertyType, found);
    }

    private async Task<IReadOnlyList<IFunctionMetadata>> Functions() =>
        await services.App.Services.GetRequiredService<IFunctionMetadataManager>().GetFunctionMetadataAsync(AppContext.BaseDirectory);

    private static string Name(Endpoint endpoint) => endpoint.Metadata.GetRequiredMetadata<IEndpointNameMetadata>().EndpointName;

    private static IReadOnlyList<string> Methods(Endpoint endpoint) => endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods;

    // The template with an id wherever it has a parameter.
    private static string Path(RouteEndpoint endpoint) =>
        "/" + string.Join('/', endpoint.RoutePattern.RawText!.Trim('/').Split('/').Select(segment => segment[0] == '{' ? Guid.Empty.ToString() : segment));
}
