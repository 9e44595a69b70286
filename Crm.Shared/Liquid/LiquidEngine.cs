using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Fluid;
using Fluid.Values;

namespace Crm.Shared.Liquid;

/// <summary>Fluid as we let templates use it. Its parser and options are shared by all threads; both are made when the first template is read.</summary>
internal static partial class LiquidEngine
{
    private const int MostSteps = 10_000;
    private const int DeepestRecursion = 25;
    private const int LongestValue = 20_000;
    private const int LongestFormat = 100;

    /// <summary>In characters, all filters of a rendering together: they are no steps, and one output takes two hundred of them.</summary>
    private const int MostFiltered = 5_000_000;
    private const int CostOfFilter = 50;

    // Left out: raw and newline_to_br (escaping), split, join, first and last (lists are written unescaped, and grow), escape (another encoder's).
    private static readonly string[] Filters =
    [
        "default", "date", "upcase", "downcase", "capitalize", "strip", "truncate", "truncatewords", "append", "prepend", "replace", "remove", "slice", "size",
        "url_encode", "plus", "minus", "times", "divided_by", "modulo", "round", "ceil", "floor", "abs",
    ];

    // The framework's own encoder writes every letter beyond ASCII as an entity.
    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    public static readonly FluidParser Parser = NewParser();

    private static readonly TemplateOptions Options = NewOptions();

    public static bool Knows(string filter) => Options.Filters.TryGetValue(filter, out _);

    public static TextEncoder Encoder(TextKind kind) => kind == TextKind.Html ? Html : NullEncoder.Default;

    public static TemplateContext NewContext(MergeValues values) => new CountingContext(values.Model, Options) { Now = () => values.Now };

    private sealed class CountingContext(FluidValue model, TemplateOptions options) : TemplateContext(model, options)
    {
        public long Filtered { get; set; }
    }

    private static FluidParser NewParser()
    {
        var parser = new FluidParser();
        foreach (var tag in parser.RegisteredTags.Keys.Except(LiquidScan.Tags, StringComparer.Ordinal).ToArray())
            parser.RegisteredTags.Remove(tag);
        return parser;
    }

    private static TemplateOptions NewOptions()
    {
        var known = new TemplateOptions().Filters;
        var options = new TemplateOptions
        {
            MaxSteps = MostSteps,
            MaxRecursion = DeepestRecursion,
            StrictFilters = true,
            Assigned = (_, value, _) => new(Bounded(value)),
        };
        options.Filters.Clear();
        foreach (var name in Filters)
        {
            if (!known.TryGetValue(name, out var filter))
                throw new InvalidOperationException($"Fluid has no filter {name}.");
            options.Filters.AddFilter(name, async (input, arguments, context) =>
            {
                var counting = (CountingContext)context;
                counting.Filtered += CostOfFilter + Length(input);
                if (counting.Filtered > MostFiltered)
                    throw new FluidException("It takes too much work");
                if (Grows(name, input, arguments))
                    throw TooLong;
                return Bounded(await filter(input, arguments, context));
            });
        }

        return options;
    }

    // What must be known before the filter runs: these make much of little.
    private static bool Grows(string name, FluidValue input, FilterArguments arguments) => name switch
    {
        "replace" => (Length(input) / Math.Max(1, Length(arguments.At(0))) + 1) * Length(arguments.At(1)) > LongestValue,
        // %999999999d is padded to as many characters.
        "date" => arguments.At(0).ToStringValue() is var format && (format.Length > LongestFormat || Width().IsMatch(format)),
        _ => false,
    };

    private static long Length(FluidValue value) => value.ToStringValue().Length;

    private static FluidValue Bounded(FluidValue value) => value is StringValue && Length(value) > LongestValue ? throw TooLong : value;

    private static FluidException TooLong => new("A value grows too long");

    [GeneratedRegex("[0-9]{3}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Width();
}
