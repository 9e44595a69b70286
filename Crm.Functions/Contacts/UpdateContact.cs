using System.Globalization;
using System.Text.Json;
using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

public static class UpdateContact
{
    /// <summary>Any of the fields of a new contact: an absent one stays as it is, null clears it.</summary>
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new() { Status = "customer", Tags = new string[] { "newsletter", "vip" }, Company = "Northwind Traders" };

        /// <summary>The first name.</summary>
        [Text(100)]
        public Optional<string?> FirstName { get; init; }

        /// <summary>The last name.</summary>
        [Text(100)]
        public Optional<string?> LastName { get; init; }

        /// <summary>The full name, split at its last space when firstName and lastName are absent.</summary>
        [Text(200)]
        public Optional<string?> Name { get; init; }

        /// <summary>Unique in the organisation unless <c>allowDuplicate</c>.</summary>
        [Email]
        public Optional<string?> Email { get; init; }

        /// <summary>In any common spelling; kept in E.164.</summary>
        [Text(40)]
        public Optional<string?> Phone { get; init; }

        /// <summary>The company the contact works for.</summary>
        [Text(200)]
        public Optional<string?> Company { get; init; }

        /// <summary>What the contact does there.</summary>
        [Text(200)]
        public Optional<string?> JobTitle { get; init; }

        /// <summary>lead, prospect, customer, active or inactive.</summary>
        [Needed, ContactStatus]
        public Optional<string> Status { get; init; }

        /// <summary>Where the contact came from.</summary>
        [Text(100)]
        public Optional<string?> Source { get; init; }

        /// <summary>At most 50 labels of at most 50 characters, in place of all there are.</summary>
        [Labels(ContactFields.MostTags, 50)]
        public Optional<string[]?> Tags { get; init; }

        /// <summary>The postal address.</summary>
        [Text(500)]
        public Optional<string?> Address { get; init; }

        /// <summary>Free text.</summary>
        [Text(10_000)]
        public Optional<string?> Notes { get; init; }

        /// <summary>An object of your own, 16 KB at most, in place of the one there is.</summary>
        [JsonObject(16 * 1024)]
        public Optional<JsonElement> CustomFields { get; init; }

        /// <summary>The user the contact belongs to; staff may not hand contacts over.</summary>
        public Optional<Guid?> OwnerId { get; init; }

        /// <summary>Whether the contact wants no campaigns by mail; false also lifts the suppression that its unsubscribing left on its address.</summary>
        public Optional<bool> UnsubscribedEmail { get; init; }

        /// <summary>Whether the contact wants no campaigns by SMS; false also lifts the suppression that its unsubscribing left on its number.</summary>
        public Optional<bool> UnsubscribedSms { get; init; }

        /// <summary>Keeps this contact beside another one with the same e-mail.</summary>
        public bool AllowDuplicate { get; init; }
    }

    private const string StandsForSql = $"select {ContactAccess.StandsFor}";

    private const string OwnerSql = """
        select status
        from users
        where organization_id = @OrganizationId
          and id = @UserId
        """;

    /// <summary>Changes a contact.</summary>
    /// <remarks>
    /// The timeline shows each field's old and new value; a request that changes nothing leaves no trace. With <c>If-Match</c> the change
    /// happens only to that version, else 409 VERSION_CONFLICT. Setting the status of a deleted contact restores it. The open deals and
    /// tasks of a contact that is handed over stay with their owners, unless <c>cascade</c> says that its former owner's go along.
    /// </remarks>
    /// <param name="cascade">true: with a new ownerId, the former owner's open deals and tasks of this contact go to the new one too.</param>
    [Function("UpdateContact"), Tags("Contacts"), Allow(Permission.WriteContacts)]
    public static async Task<Reply<Contact>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "contacts/{id:guid}")] Request request,
        Guid id, bool? cascade, HttpContext context, Caller caller, Db db, CancellationToken ct)
    {
        var scope = caller.Scope;
        return await db.Transaction<Reply<Contact>>(scope, async tx =>
        {
            var isHandOver = cascade == true && request.OwnerId is { IsSet: true, Value: not null };
            if (request.OwnerId.IsSet)
                await Lock(tx, await tx.Find<Guid?>(StandsForSql, new { ContactId = id }) ?? id, isHandOver);
            var (before, refusal) = await ContactAccess.Find(tx, id, id => ContactRow.Lock(tx, id));
            if (refusal is not null)
                return refusal;
            if (Etag.Conflict(context, before!.Version) is { } conflict)
                return conflict;
            if (await OwnerFault(tx, caller, request.OwnerId.Or(before.OwnerId), before.OwnerId) is { } fault)
                return fault;
            var phone = request.Phone.IsSet ? Fields.Phone(request.Phone.Value, before.Country) : (before.Phone, null);
            if (phone.Fault is not null)
                return Error.Invalid("phone", phone.Fault);

            var after = before.Patched(request, phone.Number);
            if (new[] { after.FirstName, after.LastName, after.Email, after.Phone }.All(value => value is null))
                return Error.Invalid("firstName", "A contact needs at least one of name, email and phone.");

            var changes = Change.Between<ContactFields>(before, after);
            if (changes.Length > 0)
            {
                if (await after.Save(tx) == 0)
                    return await Duplicates.Refusal(tx, after.Email!);
                await Resubscription.Lift(tx, before, after);
                var along = isHandOver && before.OwnerId is { } from && from != after.OwnerId
                    ? await Related.HandOver(tx, after.Id, from, after.OwnerId!.Value)
                    : new(0, 0);
                await tx.Record(caller.UserId, new("contact.updated", "contact", after.Id)
                {
                    Facts = new { fields = changes.Select(change => change.Field), along },
                    Entries = [new(after.Id, "update", "contact_updated", "Contact updated", InWords(along)) { Changes = changes }],
                });
            }

            var contact = (await tx.Find<Contact>(Contact.ByIdSql, new { ContactId = after.Id }))!;
            return Reply<Contact>.Versioned(contact, contact.Version);
        }, ct);
    }

    // What changes with the owner, before the contact itself.
    private static async Task Lock(DbTransaction tx, Guid contactId, bool isHandOver)
    {
        if (isHandOver)
            await Related.Lock(tx, [contactId]);
        await ContactConversations.Lock(tx, [contactId]);
    }

    private static string? InWords(Related.Counts along) =>
        along is { Deals: 0, Tasks: 0 } ? null : string.Create(CultureInfo.InvariantCulture, $"With open deals: {along.Deals}, open tasks: {along.Tasks}.");

    private static async Task<Error?> OwnerFault(DbTransaction tx, Caller caller, Guid? ownerId, Guid? current)
    {
        if (ownerId == current)
            return null;
        if (caller.Reach == Reach.Own)
            return Errors.Forbidden with { Message = "Staff may not hand contacts over: ask a manager." };
        if (ownerId is null)
            return null;
        return await tx.Find<string>(OwnerSql, new { UserId = ownerId }) switch
        {
            null => Errors.UserNotFound,
            "active" => null,
            _ => Errors.UserInactive,
        };
    }
}
