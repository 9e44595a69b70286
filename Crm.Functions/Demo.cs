using System.Globalization;

namespace Crm.Functions;

/// <summary>
/// The ids of the demo organisation's records: the same in every database, so that the examples of the API's documentation can name them and run as they stand.
/// </summary>
public static class Demo
{
    public static readonly Guid Organization = Id('a', 0);
    public static readonly Guid Owner = Id('a', 1);
    public static readonly Guid Manager = Id('a', 2);
    public static readonly Guid Staff = Id('a', 3);

    /// <summary>A colleague who left, and handed everything over to <see cref="Staff"/>.</summary>
    public static readonly Guid Former = Id('a', 4);

    /// <summary>The default pipeline.</summary>
    public static readonly Guid Pipeline = Id('b', 0);

    /// <summary>Another one, without deals.</summary>
    public static readonly Guid Partners = Id('b', 100);

    /// <summary>An invitation that nobody has accepted yet.</summary>
    public static readonly Guid Invitation = Id('9', 1);

    /// <summary>A finished import of two rows, one of which failed.</summary>
    public static readonly Guid Import = Id('8', 1);

    /// <summary>An export of last month, whose file is gone.</summary>
    public static readonly Guid Export = Id('8', 2);

    /// <summary>From 1, Lead, to 6, Lost.</summary>
    public static Guid Stage(int number) => Id('b', number);

    public static Guid Contact(int number) => Id('c', number);

    /// <summary>An entry of a contact's timeline: 0 says that it was created.</summary>
    public static Guid Entry(int contact, int number) => Id('7', contact * 10 + number);

    public static Guid Deal(int number) => Id('d', number);

    public static Guid Task(int number) => Id('e', number);

    public static Guid Product(int number) => Id('f', number);

    public static Guid Template(int number) => Id('6', number);

    public static Guid Suppression(int number) => Id('1', number);

    /// <summary>An event of a vendor's that could not be processed.</summary>
    public static Guid ParkedEvent(int number) => Id('2', number);

    /// <summary>1 was sent, 2 is scheduled, 3 is a draft with recipients, 4 one without, 5 was paused on its way.</summary>
    public static Guid Campaign(int number) => Id('5', number);

    public static Guid Conversation(int number) => Id('0', number);

    /// <summary>From 1; the ninth waits for its time.</summary>
    public static Guid Message(int number) => Id('4', number);

    public static readonly Guid WebhookEndpoint = Id('2', 1001);

    public static Guid CannedReply(int number) => Id('3', number);

    public static Guid Notification(int number) => Id('3', 100 + number);
    /// <summary>1 is sent and unpaid, 2 and 3 are drafts, 4 is paid by <see cref="Payment"/> 4, 5 is overdue; more follow.</summary>
    public static Guid Invoice(int number) => Id('1', 1000 + number);

    /// <summary>What paid the invoice of this number.</summary>
    public static Guid Payment(int number) => Id('0', 1000 + number);

    // Version 7, of a day in 2025; the letter says what it is an id of.
    private static Guid Id(char kind, int number) =>
        Guid.Parse(string.Create(CultureInfo.InvariantCulture, $"01990000-0000-7000-8000-{kind}{number:00000000000}"));
}
