namespace Crm.Local.Providers;

/// <summary>Where what a vendor accepted is written down: it counts from here on, whether or not the caller hears of it.</summary>
internal sealed class Accepted(Mailbox mailbox, Ledger ledger)
{
    public void Add(IReadOnlyList<SentMessage> messages)
    {
        ledger.Add(messages);
        mailbox.Add(messages);
    }
}
