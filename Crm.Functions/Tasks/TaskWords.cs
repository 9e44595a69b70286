using Crm.Shared;

namespace Crm.Functions.Tasks;

/// <summary>A task's status, or several of them.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class TaskStatusAttribute() : OneOfAttribute(TaskStates.Pending, TaskStates.InProgress, TaskStates.Completed, TaskStates.Cancelled);

/// <summary>A task's priority, or several of them.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class TaskPriorityAttribute() : OneOfAttribute("low", "medium", "high", "urgent");
