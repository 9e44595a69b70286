using System.Reflection;
using System.Text.Json;
using Crm.Local.FunctionsHost;
using Microsoft.Azure.Functions.Worker;

namespace Crm.Functions.Tests.Fixture;

internal static class Interim
{
    private static IEnumerable<MethodInfo> All() => typeof(CrmApp).Assembly.GetTypes().SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Static)).Where(m => m.IsDefined(typeof(FunctionAttribute)));
    private static string Name(MethodInfo m) => m.GetCustomAttribute<FunctionAttribute>()!.Name;
    public static IEnumerable<TimerFunction> Timers() => from m in All() let t = m.GetParameters()[0].GetCustomAttribute<TimerTriggerAttribute>() where t is not null select new TimerFunction(Name(m), "timer", t.Schedule, false, true);
    public static IEnumerable<QueueFunction> Queues() => from m in All() let t = m.GetParameters()[0].GetCustomAttribute<QueueTriggerAttribute>() where t is not null select new QueueFunction(Name(m), "message", t.QueueName);
    public static async Task Invoke(string name, HttpContext context)
    {
        var method = All().Single(m => Name(m) == name);
        using var payload = await JsonDocument.ParseAsync(context.Request.Body);
        var data = payload.RootElement.GetProperty("Data").EnumerateObject().First().Value;
        var args = method.GetParameters().Select(p => p.IsDefined(typeof(QueueTriggerAttribute)) ? JsonSerializer.Deserialize(JsonSerializer.Deserialize<string>(data.GetString()!)!, p.ParameterType, JsonSerializerOptions.Web)
            : p.IsDefined(typeof(TimerTriggerAttribute)) ? new TimerInfo()
            : p.ParameterType == typeof(CancellationToken) ? context.RequestAborted
            : context.RequestServices.GetRequiredService(p.ParameterType)).ToArray();
        try
        {
            await (Task)method.Invoke(null, args)!;
        }
        catch (Exception e)
        {
            context.Response.StatusCode = 500;
            await context.Response.WriteAsync(e.ToString());
        }
    }
}
