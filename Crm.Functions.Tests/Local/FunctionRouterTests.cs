using Crm.Local.FunctionsHost;
using Crm.Local.FunctionsHost.Http;
using Crm.Local.FunctionsHost.Workers;
using Crm.Local.Services;

namespace Crm.Functions.Tests.Local;

/// <summary>The host's router against the one it shortens: ASP.NET Core's RouteCollection, which the real host uses.</summary>
public sealed class FunctionRouterTests
{
    private static readonly string[] Methods = ["GET", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "PUT"];

    // Beside the app's own: what a router can get wrong.
    private static readonly (string Name, string Route, string[] Methods)[] Odd =
    [
        ("AAnything", "{first}", ["put"]), ("Deep", "files/{*rest}", []), ("Either", "either/{a?}", ["get"]),
        ("Literal", "spec/literal", []), ("Both", "spec/{a}", []), ("Mixed", "v{version:int}/x", []),
        ("Number", "numbers/{n:int:min(3)}", ["get", "head"]), ("Pattern", "codes/{code:regex(^[a-c]+$)}", ["get"]),
        ("Root", "", []), ("Star", "star/{**rest}", []), ("Shout", "CONTACTS/shout", ["get"]),
        ("zz_Fallback", "{*path}", []),
    ];

    private static readonly string[] OddRoutes = [.. Odd.Select(static function => function.Route)];
    private static readonly string[] OddWords =
    [
        Guid.NewGuid().ToString(), Guid.NewGuid().ToString("N"), "spec", "literal", "either", "star", "files", "numbers", "codes", "v7", "V8", "x", "1", "3",
        "7", "abc", "cab", "bc", "abd", "CONTACTS", "Shout", "a b", "é", "api", "", "%2F",
    ];

    private static readonly string[] Routes = [.. AppFunctions().Concat(Odd).Select(static function => function.Route)];

    private static readonly ServiceProvider Services = new ServiceCollection().AddLogging().AddRouting().BuildServiceProvider();

    private readonly IReadOnlyList<LoadedFunction> _functions = [.. AppFunctions().Concat(Odd).Select(Load)];
    private readonly RouteCollection _real = new();
    private readonly FunctionRouter _router;

    public FunctionRouterTests()
    {
        _router = new("", _functions);
        foreach (var (_, route) in FunctionRouter.Routes("", _functions))
            _real.Add(route);
    }

    [Fact]
    public async Task It_chooses_as_the_real_router_does_for_every_kind_of_path()
    {
        var random = new Random(20261124);
        var words = Words();
        var differences = new List<string>();
        var found = new HashSet<string>(StringComparer.Ordinal);
        for (var n = 0; n < 30_000; n++)
        {
            var path = "/" + string.Join('/', Segments(random, words)) + (random.Next(8) == 0 ? "/" : "");
            var method = Methods[random.Next(Methods.Length)];
            var (expected, actual) = (await Real(method, path), Ours(method, path));
            found.Add(actual.Split('?')[0]);
            if (expected != actual)
                differences.Add($"{method} {path}: {expected} / {actual}");
        }

        Assert.Empty(differences);
        // All but the one without a route, and the one that another hides.
        Assert.Superset(Odd.Where(static odd => odd.Name is not ("Root" or "Literal")).Select(static odd => odd.Name).ToHashSet(), found);
    }

    [Theory]
    [InlineData("GET", "/spec/literal", "Both?a=literal")]
    [InlineData("PUT", "/contacts", "AAnything?first=contacts")]
    [InlineData("GET", "/contacts/merge", "zz_Fallback?path=contacts/merge")]
    [InlineData("POST", "/contacts/merge", "MergeContacts?")]
    [InlineData("GET", "/numbers/2", "zz_Fallback?path=numbers/2")]
    [InlineData("GET", "/V7/X", "Mixed?version=7")]
    [InlineData("GET", "/", "zz_Fallback?path=")]
    public void The_first_by_name_wins(string method, string path, string expected) => Assert.Equal(expected, Ours(method, path));

    [Fact]
    public void A_route_that_cannot_be_read_is_its_functions_failure()
    {
        var broken = Load(("Broken", "a/{id:nosuch}", []));
        _ = new FunctionRouter("", [broken]);

        Assert.NotNull(broken.Failure);
    }

    [Fact]
    public void The_prefix_of_host_json_goes_before_every_route()
    {
        var router = new FunctionRouter("api", [Load(("Ping", "ping", []))]);

        Assert.NotNull(router.Find(Request("GET", "/api/ping"), out _));
        Assert.Null(router.Find(Request("GET", "/ping"), out _));
    }

    /// <summary>Any words, or those of a route with anything in the place of its parameters. However many routes the app has, the odd ones are met.</summary>
    private static IEnumerable<string> Segments(Random random, string[] words)
    {
        string Word() => words[random.Next(words.Length)];
        var routes = Routes;
        if (random.Next(2) == 0)
            (routes, words) = (OddRoutes, OddWords);
        return random.Next(2) == 0
            ? Enumerable.Range(0, random.Next(0, 5)).Select(_ => Word())
            : routes[random.Next(routes.Length)].Split('/')
                .Select(segment => segment.Contains('{', StringComparison.Ordinal) && random.Next(8) > 0 ? Word() : segment);
    }

    private static string[] Words()
    {
        var literals = AppFunctions().SelectMany(static function => function.Route.Split('/'))
            .Where(static segment => !segment.StartsWith('{')).Distinct(StringComparer.Ordinal);
        return [.. literals, .. OddWords];
    }

    /// <summary>The app's own routes, from the page that lists them.</summary>
    private static IEnumerable<(string Name, string Route, string[] Methods)> AppFunctions() =>
        from line in File.ReadLines(Path.Combine(SourceTree.Root, "docs", "functions.txt"))
        let parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where parts[1].StartsWith('/')
        select (parts[^1], parts[1].TrimStart('/'), new[] { parts[0] });

    private static LoadedFunction Load((string Name, string Route, string[] Methods) function)
    {
        var workers = new TestWorkers();
        workers.AddHttp(function.Name, function.Route, function.Methods);
        return LoadedFunction.Read(workers.Functions[0], new AppSettings(new Dictionary<string, string>()));
    }

    private static DefaultHttpContext Request(string method, string path) => new() { Request = { Method = method, Path = path } };

    private string Ours(string method, string path) => _router.Find(Request(method, path), out var values) is { } function ? Text(function.Name, values) : "";

    private async Task<string> Real(string method, string path)
    {
        var http = Request(method, path);
        http.RequestServices = Services;
        var context = new RouteContext(http);
        await _real.RouteAsync(context);
        return context.Handler is null
            ? ""
            : Text(context.RouteData.Routers.OfType<Microsoft.AspNetCore.Routing.Route>().Single().Name!, context.RouteData.Values);
    }

    private static string Text(string name, RouteValueDictionary values) =>
        $"{name}?{string.Join('&', values.OrderBy(static value => value.Key, StringComparer.Ordinal).Select(static value => $"{value.Key}={value.Value}"))}";
}
