namespace Crm.Shared.Database;

/// <summary>What a transaction had found has changed before it could lock it: nothing of it happened, and it is run once more.</summary>
public sealed class MovedOnException(string what) : Exception(what);
