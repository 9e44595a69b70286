namespace Crm.Functions.Requests;

/// <summary>On a function whose callers send what they have: its body may be as large as the platform passes on, and is not read into memory whole.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LargeBodyAttribute : Attribute;
