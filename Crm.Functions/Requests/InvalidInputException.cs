namespace Crm.Functions.Requests;

/// <summary>Thrown while a request is read, before its handler runs: a value that cannot be understood.</summary>
public sealed class InvalidInputException(string field, string message) : Exception(message)
{
    public string Field { get; } = field;
}
