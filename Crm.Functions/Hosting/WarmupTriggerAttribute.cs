using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Crm.Functions.Hosting;

/// <summary>
/// Marks the function that the host calls once in a new instance, before it sends requests there. The host knows the trigger by itself and finds it by the
/// attribute's name; the worker's package with the same attribute holds nothing else.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class WarmupTriggerAttribute : TriggerBindingAttribute;
