using Microsoft.Azure.Functions.Worker.Converters;

namespace Crm.Functions.Hosting;

/// <summary>Gives queue and timer functions their services as parameters. (HTTP functions are bound by ASP.NET Core.)</summary>
public sealed class ServiceConverter(IServiceProviderIsService services) : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) => new(
        context.Source is null && services.IsService(context.TargetType)
            ? ConversionResult.Success(context.FunctionContext.InstanceServices.GetRequiredService(context.TargetType))
            : ConversionResult.Unhandled());
}
