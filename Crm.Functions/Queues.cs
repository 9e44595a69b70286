namespace Crm.Functions;

/// <summary>The queues of the app, by name.</summary>
public static class Queues
{
    public const string SendEmail = "send-email";
    public const string ImportContacts = "import-contacts";
    public const string UndoImport = "undo-import";
    public const string HandOverRecords = "hand-over-records";

    public const string CampaignBatches = "campaign-batches";
    public const string SendMessage = "send-message";
    public const string ProviderEvents = "provider-events";
    public const string InboundMessages = "inbound-messages";
    public const string PaymentEvents = "payment-events";
    public const string CheckPayments = "check-payments";
    public const string DeliverWebhooks = "deliver-webhooks";
    public const string DeleteFile = "delete-file";
    public const string RunExport = "run-export";

    public static readonly string[] All =
    [
        SendEmail, ImportContacts, UndoImport, HandOverRecords, CampaignBatches, SendMessage, ProviderEvents, InboundMessages, PaymentEvents, CheckPayments,
        DeliverWebhooks, DeleteFile, RunExport,
    ];

    /// <summary>Where the Functions host puts a message of the queue that failed too often.</summary>
    public static string PoisonOf(string queue) => $"{queue}-poison";

    /// <summary>
    /// Whether a message does not say what it is about (it is JSON's null, or some other program's): it is no use to try it again, nor to keep it
    /// as poison.
    /// </summary>
    public static bool IsBlank(ILogger logger, string queue, params ReadOnlySpan<Guid?> ids)
    {
        if (!ids.ContainsAny<Guid?>(null, Guid.Empty))
            return false;
        logger.LogWarning("Dropped a message of the queue {Queue} that does not name what it is about", queue);
        return true;
    }
}

/// <summary>
/// When the two timer functions are called: NCRONTAB (second minute hour day month weekday), UTC. What the first of them does how often stands in
/// <c>Timers/TimedWork.cs</c>.
/// </summary>
public static class Schedules
{
    // Not on the minute itself: a timer may fire some milliseconds early, and what is due at eight would wait for a quarter past.
    public const string EveryMinute = "5 * * * * *";
    public const string EveryNight = "0 30 3 * * *";
}
