using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Hosting;

/// <summary>
/// Validates a function's arguments, by the attributes of its parameters and of their types marked <c>[ValidatableType]</c>, and refuses in our envelope.
/// </summary>
public static class Validation
{
    public static EndpointFilterDelegate Filter(EndpointFilterFactoryContext factory, EndpointFilterDelegate next)
    {
        var options = factory.ApplicationServices.GetRequiredService<IOptions<ValidationOptions>>().Value;
        var rules = factory.MethodInfo.GetParameters()
            .Select(
                parameter => (parameter.Position, Name: parameter.Name!, Rule: options.TryGetValidatableParameterInfo(parameter, out var rule) ? rule : null))
            .Where(parameter => parameter.Rule is not null)
            .ToArray();
        return rules.Length == 0 ? next : async call =>
        {
            Dictionary<string, string[]>? errors = null;
            foreach (var (position, name, rule) in rules)
            {
                if (call.Arguments[position] is not { } value)
                    continue;
                var context = new ValidateContext
                {
                    ValidationContext = new ValidationContext(value, name, call.HttpContext.RequestServices, items: null),
                    ValidationOptions = options,
                    ValidationErrors = errors,
                };
                await rule!.ValidateAsync(value, context, call.HttpContext.RequestAborted);
                errors = context.ValidationErrors;
            }

            return errors is { Count: > 0 } ? new Refusal(Problems.Invalid(errors)) : await next(call);
        };
    }
}
