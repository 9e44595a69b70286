namespace Crm.Local.FunctionsHost.Workers;

/// <summary>A worker did not come up.</summary>
public sealed class WorkerStartException : Exception
{
    public WorkerStartException()
    {
    }

    public WorkerStartException(string message)
        : base(message)
    {
    }

    public WorkerStartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>There is no worker, and none came up while we waited.</summary>
public sealed class WorkerDownException : Exception
{
    public WorkerDownException()
        : base("The function app is not running.")
    {
    }

    public WorkerDownException(string message)
        : base(message)
    {
    }

    public WorkerDownException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
