using Fluid.Values;

namespace Crm.Shared.Liquid;

/// <summary>
/// The values a template is rendered with: texts, truths, numbers and null. Blank counts as null, so that <c>default</c> and <c>if</c> do what people expect.
/// </summary>
/// <param name="values">By the catalogue's names.</param>
/// <param name="custom">The organisation's own fields, by their names.</param>
/// <param name="now">When it is sent, in the zone of who reads it: dates are not converted while a template is rendered.</param>
public sealed class MergeValues(IReadOnlyDictionary<string, object?> values, IReadOnlyDictionary<string, object?> custom, DateTimeOffset now)
{
    /// <summary>The catalogue's examples.</summary>
    public static MergeValues Examples(DateTimeOffset now) => new(ExamplesByName(), new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase), now);

    public static Dictionary<string, object?> ExamplesByName() =>
        MergeFields.All.ToDictionary(field => field.Name, object? (field) => field.Example, StringComparer.Ordinal);

    public DateTimeOffset Now => now;

    internal FluidValue Model => new DictionaryValue(new Lookup(
        name => string.Equals(name, "custom", StringComparison.OrdinalIgnoreCase)
            ? new DictionaryValue(new Lookup(key => Of(custom.GetValueOrDefault(key))))
            : Of(values.GetValueOrDefault(name))));

    // Nothing else: the renderer writes lists as they are, unescaped.
    private static FluidValue Of(object? value) => value switch
    {
        null => NilValue.Instance,
        string text => string.IsNullOrWhiteSpace(text) ? NilValue.Instance : new StringValue(text),
        bool truth => BooleanValue.Create(truth),
        decimal number => NumberValue.Create(number),
        _ => throw new ArgumentException($"No template takes a {value.GetType().Name}."),
    };

    private sealed class Lookup(Func<string, FluidValue> find) : IFluidIndexable
    {
        public int Count => 0;

        public IEnumerable<string> Keys => [];

        public bool TryGetValue(string name, out FluidValue value)
        {
            value = find(name);
            return true;
        }
    }
}
