namespace Crm.Functions.Inbox;

public static class InboxSetup
{
    public static void AddInbox(this FunctionsApplicationBuilder builder) => builder.Services.AddSingleton<OutgoingMessage>();
}
