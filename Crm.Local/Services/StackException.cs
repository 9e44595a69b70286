namespace Crm.Local.Services;

/// <summary>The stack cannot start or go on, for a reason its user can act on: the message names the fix and is all that is shown.</summary>
public sealed class StackException : Exception
{
    public StackException()
    {
    }

    public StackException(string message)
        : base(message)
    {
    }

    public StackException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
