using Crm.Functions.Sending;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>What is made of the recipients whose turn it is: calls, and those who get none.</summary>
internal sealed record ClaimedBatch(IReadOnlyList<OutgoingCall> Calls, IReadOnlyList<CallLedger.Skipped> Skipped);
