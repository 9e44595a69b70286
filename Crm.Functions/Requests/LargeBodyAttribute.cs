namespace Crm.Functions.Requests;

/// <summary>
/// On a function that takes larger bodies than others: up to <paramref name="most"/> bytes, or without it as large as the platform passes on, which then must
/// not be read into memory whole.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LargeBodyAttribute(long most = long.MaxValue) : Attribute
{
    public long Most => most;
}
