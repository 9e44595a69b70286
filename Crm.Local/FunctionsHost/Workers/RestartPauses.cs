namespace Crm.Local.FunctionsHost.Workers;

/// <summary>How soon a worker that died is started again: at once when it had lived long enough, later and later when one dies after the other.</summary>
public sealed record RestartPauses(TimeSpan Healthy, TimeSpan First, TimeSpan Longest)
{
    public static readonly RestartPauses Usual = new(TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(10));

    /// <summary>For a test that kills workers on purpose.</summary>
    public static readonly RestartPauses None = new(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);

    /// <param name="life">How long the last worker ran.</param>
    /// <param name="previous">The pause before it.</param>
    public TimeSpan After(TimeSpan life, TimeSpan previous)
    {
        if (life >= Healthy)
            return TimeSpan.Zero;
        var pause = previous == TimeSpan.Zero ? First : previous * 2;
        return pause < Longest ? pause : Longest;
    }
}
