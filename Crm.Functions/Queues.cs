namespace Crm.Functions;

/// <summary>The queues of the app, by name.</summary>
public static class Queues
{
    public const string SendEmail = "send-email";
    public const string ImportContacts = "import-contacts";
    public const string UndoImport = "undo-import";
    public const string HandOverRecords = "hand-over-records";

    public static readonly string[] All = [SendEmail, ImportContacts, UndoImport, HandOverRecords];
}

/// <summary>When the timers fire, all in one place: NCRONTAB (second minute hour day month weekday), UTC.</summary>
public static class Schedules
{
    public const string EveryFiveMinutes = "15 */5 * * * *";
    public const string EveryMinute = "0 * * * * *";
    public const string EveryQuarterHour = "0 */15 * * * *";
    public const string EveryNight = "0 30 3 * * *";
}
