using Crm.Functions.Auth;
using Crm.Functions.Contacts.Timeline;
using Crm.Functions.Hosting;

namespace Crm.Functions.Contacts;

public static class ContactFunctions
{
    public static void MapContacts(this IEndpointRouteBuilder app)
    {
        var contacts = app.MapGroup("/contacts").WithTags("Contacts");
        contacts.MapGet("", ListContacts.Handle).Function("ListContacts", Permission.ReadContacts);
        contacts.MapPost("", CreateContact.Handle).Function("CreateContact", Permission.WriteContacts);
        contacts.MapGet("/{id:guid}", GetContact.Handle).Function("GetContact", Permission.ReadContacts);
        contacts.MapPatch("/{id:guid}", UpdateContact.Handle).Function("UpdateContact", Permission.WriteContacts);
        contacts.MapDelete("/{id:guid}", DeleteContact.Handle).Function("DeleteContact", Permission.WriteContacts);
        contacts.MapGet("/{id:guid}/timeline", ListTimeline.Handle).Function("ListTimeline", Permission.ReadContacts);
        contacts.MapPost("/{id:guid}/timeline", AddTimelineEntry.Handle).Function("AddTimelineEntry", Permission.WriteContacts);
        contacts.MapDelete("/{id:guid}/timeline/{entryId:guid}", DeleteTimelineEntry.Handle).Function("DeleteTimelineEntry", Permission.WriteContacts);
    }
}
