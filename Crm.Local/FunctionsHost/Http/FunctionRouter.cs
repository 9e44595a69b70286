using Crm.Local.FunctionsHost.Workers;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.Options;

namespace Crm.Local.FunctionsHost.Http;

/// <summary>
/// Picks a request's function as the real host's router does: routes are tried in the order of the functions' names, the first whose
/// template, constraints and method fit wins, and a literal does not beat a parameter. The routes themselves are those of ASP.NET Core's
/// classic router, which the real host walks through one by one; here only those are tried that can begin with the path's first segment.
/// </summary>
public sealed class FunctionRouter
{
    private const string MethodConstraint = "httpMethod";
    private readonly Dictionary<string, Candidate[]> _byFirstSegment = new(StringComparer.OrdinalIgnoreCase);
    private readonly Candidate[] _others;

    /// <param name="routePrefix">host.json's, before every route.</param>
    /// <param name="functions">All functions of the app, in any order.</param>
    public FunctionRouter(string routePrefix, IEnumerable<LoadedFunction> functions)
    {
        Candidate[] all = [.. Routes(routePrefix, functions).Select(static pair => new Candidate(pair.Function, pair.Route))];
        _others = [.. all.Where(static candidate => candidate.FirstLiteral is null)];
        foreach (var first in all.Select(static candidate => candidate.FirstLiteral).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase))
            _byFirstSegment[first] = [.. all.Where(candidate => candidate.FirstLiteral?.Equals(first, StringComparison.OrdinalIgnoreCase) != false)];
    }

    /// <summary>The routes in the order of the functions' names. One that the router cannot read becomes its function's failure.</summary>
    public static IReadOnlyList<(LoadedFunction Function, Microsoft.AspNetCore.Routing.Route Route)> Routes(
        string routePrefix, IEnumerable<LoadedFunction> functions)
    {
        var options = new RouteOptions();
        options.SetParameterPolicy<RegexInlineRouteConstraint>("regex");
        var constraints = new DefaultInlineConstraintResolver(Options.Create(options), new ServiceCollection().BuildServiceProvider());
        var target = new RouteHandler(static _ => Task.CompletedTask);
        var routes = new List<(LoadedFunction, Microsoft.AspNetCore.Routing.Route)>();
        foreach (var loaded in functions.OrderBy(static function => function.Name, StringComparer.OrdinalIgnoreCase))
        {
            if (loaded.Function is not HttpFunction function)
                continue;
            var template = $"{routePrefix.Trim('/')}/{(function.Route.Length > 0 ? function.Route.Trim('/') : function.Name)}".Trim('/');
            var methods = new Dictionary<string, object>();
            if (function.Methods.Count > 0)
                methods[MethodConstraint] = new HttpMethodRouteConstraint([.. function.Methods]);
            try
            {
                routes.Add((loaded, new(target, function.Name, template, defaults: null, methods!, dataTokens: null, constraints)));
            }
            catch (RouteCreationException error)
            {
                loaded.Failure ??= error.Message;
            }
        }

        return routes;
    }

    /// <summary>The function for a request, or null; <paramref name="values"/> are its route's values.</summary>
    public LoadedFunction? Find(HttpContext context, out RouteValueDictionary values)
    {
        var path = context.Request.Path;
        values = [];
        foreach (var candidate in _byFirstSegment.GetValueOrDefault(FirstSegment(path.Value), _others))
        {
            if (candidate.Matches(context, path, values))
                return candidate.Function;
            values.Clear();
        }

        return null;
    }

    private static string FirstSegment(string? path)
    {
        if (path is null || path.Length < 2)
            return "";
        var end = path.IndexOf('/', 1);
        return end < 0 ? path[1..] : path[1..end];
    }

    private sealed class Candidate
    {
        private readonly Microsoft.AspNetCore.Routing.Route _route;
        private readonly TemplateMatcher _matcher;
        private readonly IRouteConstraint? _method;
        private readonly KeyValuePair<string, IRouteConstraint>[] _constraints;

        public Candidate(LoadedFunction function, Microsoft.AspNetCore.Routing.Route route)
        {
            Function = function;
            _route = route;
            _matcher = new(route.ParsedTemplate, route.Defaults);
            _method = route.Constraints.TryGetValue(MethodConstraint, out var method) ? method : null;
            _constraints = [.. route.Constraints.Where(static constraint => constraint.Key != MethodConstraint)];
            var first = route.ParsedTemplate.Segments.FirstOrDefault();
            FirstLiteral = first is { IsSimple: true } && first.Parts[0].IsLiteral ? first.Parts[0].Text : null;
        }

        public LoadedFunction Function { get; }

        /// <summary>Null when a path of any first segment, or of none, may match.</summary>
        public string? FirstLiteral { get; }

        public bool Matches(HttpContext context, PathString path, RouteValueDictionary values)
        {
            // The method first: it costs least and says no most often.
            if (_method?.Match(context, _route, MethodConstraint, values, RouteDirection.IncomingRequest) == false)
                return false;
            if (!_matcher.TryMatch(path, values))
                return false;
            foreach (var (name, constraint) in _constraints)
            {
                if (!constraint.Match(context, _route, name, values, RouteDirection.IncomingRequest))
                    return false;
            }

            return true;
        }
    }
}
