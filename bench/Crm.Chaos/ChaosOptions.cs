namespace Crm.Chaos;

/// <summary>How much is sent, and how often what is killed meanwhile.</summary>
public sealed record ChaosOptions
{
    public required int Recipients { get; init; }
    public required int WorkerKills { get; init; }

    /// <summary>Kills of the whole local stack: host, simulators, queues and database at once.</summary>
    public required int StackKills { get; init; }
    public required int DatabaseKills { get; init; }

    /// <summary>What picks the moments; the same seed, the same order of kills.</summary>
    public required int Seed { get; init; }
}
