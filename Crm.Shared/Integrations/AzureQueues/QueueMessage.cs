namespace Crm.Shared.Integrations.AzureQueues;

/// <summary>
/// A message as received: ours until <see cref="NextVisibleTime"/>, provided <see cref="PopReceipt"/> is still the latest one. <see cref="Text"/> is decoded; a body
/// that is not base64 is kept as it came. <see cref="DequeueCount"/> includes this time.
/// </summary>
public sealed record QueueMessage(
    string Id,
    string PopReceipt,
    string Text,
    long DequeueCount,
    DateTimeOffset InsertionTime,
    DateTimeOffset ExpirationTime,
    DateTimeOffset NextVisibleTime);
