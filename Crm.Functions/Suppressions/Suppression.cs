namespace Crm.Functions.Suppressions;

/// <summary>An address that gets nothing more on a channel.</summary>
public sealed record Suppression
{
    public required Guid Id { get; init; }

    /// <summary>email or sms.</summary>
    public required string Channel { get; init; }

    /// <summary>An e-mail address in lower case, or a phone number in E.164.</summary>
    public required string Address { get; init; }

    /// <summary>
    /// unsubscribed (the person clicked the link), manual (somebody here), stopped (the person wrote STOP), complained (marked a mail as spam) or bounced
    /// (the address does not work): from the least to the gravest, of which the gravest stays. Campaigns heed all of them, personal messages the last three.
    /// </summary>
    public required string Reason { get; init; }

    /// <summary>What was noted about it.</summary>
    public string? Note { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public const string Columns = "s.id, s.channel, s.address, s.reason, s.note, s.created_at";
}
