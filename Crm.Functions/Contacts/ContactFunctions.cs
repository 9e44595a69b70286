using Crm.Functions.Auth;
using Crm.Functions.Contacts.Bulk;
using Crm.Functions.Contacts.Import;
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
        contacts.MapPost("/import", ImportContacts.Handle).Accepts<IFormFile>("multipart/form-data").Function("ImportContacts", Permission.ImportContacts);
        contacts.MapGet("/import", ListImports.Handle).Function("ListImports", Permission.ImportContacts);
        contacts.MapGet("/import/{id:guid}", GetImport.Handle).Function("GetImport", Permission.ImportContacts);
        contacts.MapGet("/import/{id:guid}/errors", DownloadImportErrors.Handle).Produces<string>(StatusCodes.Status200OK, "text/csv").Function("DownloadImportErrors", Permission.ImportContacts);
        contacts.MapPost("/import/{id:guid}/undo", UndoImport.Handle).Function("UndoImport", Permission.ImportContacts);
        contacts.MapPost("/bulk", ChangeContacts.Handle).Function("ChangeContacts", Permission.BulkContacts);
        contacts.MapGet("/duplicates", ListDuplicates.Handle).Function("ListDuplicates", Permission.BulkContacts);
        contacts.MapPost("/merge", MergeContacts.Handle).Function("MergeContacts", Permission.BulkContacts);

        contacts.MapGet("/{id:guid}", GetContact.Handle).Function("GetContact", Permission.ReadContacts);
        contacts.MapPatch("/{id:guid}", UpdateContact.Handle).Function("UpdateContact", Permission.WriteContacts);
        contacts.MapDelete("/{id:guid}", DeleteContact.Handle).Function("DeleteContact", Permission.WriteContacts);
        contacts.MapGet("/{id:guid}/timeline", ListTimeline.Handle).Function("ListTimeline", Permission.ReadContacts);
        contacts.MapPost("/{id:guid}/timeline", AddTimelineEntry.Handle).Function("AddTimelineEntry", Permission.WriteContacts);
        contacts.MapDelete("/{id:guid}/timeline/{entryId:guid}", DeleteTimelineEntry.Handle).Function("DeleteTimelineEntry", Permission.WriteContacts);

        app.MapPost("/ImportBatch", ImportBatch.Handle).QueueTrigger(Queues.ImportContacts);
        app.MapPost("/UndoImportBatch", UndoImportBatch.Handle).QueueTrigger(Queues.UndoImport);
        app.MapPost("/SweepImports", SweepImports.Handle).TimerTrigger(Schedules.EveryFiveMinutes);
    }
}
