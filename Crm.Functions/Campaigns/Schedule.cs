namespace Crm.Functions.Campaigns;

/// <summary>When campaigns are sent by themselves.</summary>
internal static class Schedule
{
    /// <summary>A client's clock may be late by this much.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    /// <summary>Beyond it a campaign is paused: what was meant for the morning is not wanted at night.</summary>
    public static readonly TimeSpan Latest = TimeSpan.FromHours(6);

    /// <summary>The refusal of a time that has passed.</summary>
    public static Error? Fault(DateTimeOffset? scheduledAt, DateTimeOffset now) =>
        scheduledAt <= now - Grace ? Errors.ScheduleInPast with { Details = [new("scheduledAt", Errors.ScheduleInPast.Message)] } : null;
}
