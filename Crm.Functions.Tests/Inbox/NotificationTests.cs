using Crm.Functions.Tests.Contacts;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Inbox;

public sealed class NotificationTests(TestServices services)
{
    [Fact]
    public async Task Users_see_and_mark_their_own()
    {
        var org = await services.App.NewOrganization();
        var (first, second) = (await org.AddNotification(org.Staff, "1"), await org.AddNotification(org.Staff, "2"));
        await org.AddNotification(org.Owner, "3");

        Assert.Equal([second, first], (await org.Staff.Get("/notifications")).Expect(200).Ids("notifications"));
        Assert.True((await org.Staff.Patch($"/notifications/{second}", new { isRead = true })).Expect(200).Data.GetProperty("isRead").GetBoolean());
        Assert.Equal([first], (await org.Staff.Get("/notifications?unread=true")).Expect(200).Ids("notifications"));
        Assert.Equal([second], (await org.Staff.Get("/notifications?unread=false")).Expect(200).Ids("notifications"));
        (await org.Owner.Patch($"/notifications/{first}", new { isRead = true })).Expect(403, "FORBIDDEN");
        (await org.Owner.Patch($"/notifications/{Guid.NewGuid()}", new { isRead = true })).Expect(404, "NOTIFICATION_NOT_FOUND");
        Assert.Equal(1, (await org.Staff.Post("/notifications/read-all")).Expect(200).Data.GetProperty("marked").GetInt32());
        Assert.Equal(0, (await org.Staff.Get("/notifications")).Data.GetProperty("unreadCount").GetInt32());
        Assert.Equal(1, (await org.Owner.Get("/notifications")).Data.GetProperty("unreadCount").GetInt32());
        Assert.False((await org.Staff.Patch($"/notifications/{first}", new { isRead = false })).Expect(200).Data.GetProperty("isRead").GetBoolean());
    }
}
