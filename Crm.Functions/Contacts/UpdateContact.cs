using System.Globalization;
using System.Text.Json;
using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

public static class UpdateContact
{
    /// <summary>Any of the fields of a new contact: an absent one stays as it is, null clears it.</summary>
    /// <param name="FirstName">The first name.</param>
    /// <param name="LastName">The last name.</param>
    /// <param name="Name">The full name, split at its last space when firstName and lastName are absent.</param>
    /// <param name="Email">Unique in the organisation unless <c>allowDuplicate</c>.</param>
    /// <param name="Phone">In any common spelling; kept in E.164.</param>
    /// <param name="Company">The company the contact works for.</param>
    /// <param name="JobTitle">What the contact does there.</param>
    /// <param name="Status">lead, prospect, customer, active or inactive.</param>
    /// <param name="Source">Where the contact came from.</param>
    /// <param name="Tags">At most 50 labels of at most 50 characters, in place of all there are.</param>
    /// <param name="Address">The postal address.</param>
    /// <param name="Notes">Free text.</param>
    /// <param name="CustomFields">An object of your own, 16 KB at most, in place of the one there is.</param>
    /// <param name="OwnerId">The user the contact belongs to; staff may not hand contacts over.</param>
    /// <param name="UnsubscribedEmail">Whether the contact wants no campaigns by mail.</param>
    /// <param name="UnsubscribedSms">Whether the contact wants no campaigns by SMS.</param>
    /// <param name="AllowDuplicate">Keeps this contact beside another one with the same e-mail.</param>
    [ValidatableType]
    public sealed record Request(
        [Text(100)] Optional<string?> FirstName,
        [Text(100)] Optional<string?> LastName,
        [Text(200)] Optional<string?> Name,
        [Email] Optional<string?> Email,
        [Text(40)] Optional<string?> Phone,
        [Text(200)] Optional<string?> Company,
        [Text(200)] Optional<string?> JobTitle,
        [Needed, OneOf("lead", "prospect", "customer", "active", "inactive")] Optional<string> Status,
        [Text(100)] Optional<string?> Source,
        [Labels(50, 50)] Optional<string[]?> Tags,
        [Text(500)] Optional<string?> Address,
        [Text(10_000)] Optional<string?> Notes,
        [JsonObject(16 * 1024)] Optional<JsonElement> CustomFields,
        Optional<Guid?> OwnerId,
        Optional<bool> UnsubscribedEmail,
        Optional<bool> UnsubscribedSms,
        bool AllowDuplicate = false) : IPatch
    {
        public static Request Example => new() { Status = "customer", Tags = new string[] { "newsletter", "vip" }, Company = "Northwind Traders" };

        public Request() : this(default, default, default, default, default, default, default, default, default, default, default, default, default, default, default, default)
        {
        }
    }

    private sealed record Row : ContactFields
    {
        public required Guid Id { get; init; }
        public string? EmailKey { get; init; }
        public DateTimeOffset? DeletedAt { get; init; }
        public required int Version { get; init; }
        public required string Country { get; init; }
    }

    private const string LockSql = """
        select c.id, c.first_name, c.last_name, c.email, c.email_key, c.phone, c.company, c.job_title, c.status, c.source, c.tags, c.address, c.notes,
               c.custom_fields, c.owner_id, c.unsubscribed_email, c.unsubscribed_sms, c.deleted_at, c.version, o.country
        from contacts c
        join organizations o on o.id = c.organization_id
        where c.organization_id = @OrganizationId
          and c.id = @ContactId
          and c.merged_into is null
          and (@OwnerId::uuid is null or c.owner_id = @OwnerId)
        for update of c
        """;

    private const string UpdateSql = """
        update contacts
        set first_name = @FirstName, last_name = @LastName, email = @Email, email_key = @EmailKey, phone = @Phone, company = @Company,
            job_title = @JobTitle, status = @Status, source = @Source, tags = @Tags, address = @Address, notes = @Notes,
            custom_fields = @CustomFields::jsonb, owner_id = @NewOwnerId, unsubscribed_email = @UnsubscribedEmail, unsubscribed_sms = @UnsubscribedSms,
            deleted_at = @DeletedAt::timestamptz, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
          and not exists (
              select from contacts
              where organization_id = @OrganizationId and email_key = @EmailKey and id <> @Id)
        """;

    private const string StandsForSql = $"select {ContactAccess.StandsFor}";

    private const string OwnerSql = """
        select status
        from users
        where organization_id = @OrganizationId
          and id = @UserId
        """;

    /// <summary>Changes a contact.</summary>
    /// <remarks>
    /// The timeline shows each field's old and new value; a request that changes nothing leaves no trace. With <c>If-Match</c> the
    /// change happens only to that version, else 409 VERSION_CONFLICT. Setting the status of a deleted contact restores it. The open deals and tasks of a contact
    /// that is handed over stay with their owners, unless <c>cascade</c> says that its former owner's go along.
    /// </remarks>
    /// <param name="cascade">true: with a new ownerId, the former owner's open deals and tasks of this contact go to the new one too.</param>
    [Function("UpdateContact"), Tags("Contacts"), Allow(Permission.WriteContacts)]
    public static async Task<Reply<Contact>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "contacts/{id:guid}")] Request request, Guid id, bool? cascade, HttpContext context, Caller caller, Db db, CancellationToken ct)
    {
        var scope = caller.Scope;
        return await db.Transaction<Reply<Contact>>(scope, async tx =>
        {
            var isHandOver = cascade == true && request.OwnerId is { IsSet: true, Value: not null };
            if (isHandOver)
                await Related.Lock(tx, [await tx.Find<Guid>(StandsForSql, new { ContactId = id })]);
            var (before, refusal) = await ContactAccess.Find(tx, id, id => tx.Find<Row>(LockSql, new { ContactId = id }));
            if (refusal is not null)
                return refusal;
            if (Etag.Excludes(context, before!.Version))
                return Errors.VersionConflict with { Facts = new(StringComparer.Ordinal) { ["currentVersion"] = before.Version } };
            if (await OwnerFault(tx, caller, request.OwnerId.Or(before.OwnerId), before.OwnerId) is { } fault)
                return fault;
            var phone = request.Phone.IsSet ? Fields.Phone(request.Phone.Value, before.Country) : (before.Phone, null);
            if (phone.Fault is not null)
                return Error.Invalid("phone", phone.Fault);

            var after = Apply(request, before, phone.Number);
            if (new[] { after.FirstName, after.LastName, after.Email, after.Phone }.All(value => value is null))
                return Error.Invalid("firstName", "A contact needs at least one of name, email and phone.");

            var changes = Change.Between<ContactFields>(before, after);
            if (changes.Length > 0)
            {
                if (await Save(tx, after) == 0)
                    return await Duplicates.Refusal(tx, after.Email!);
                var along = isHandOver && before.OwnerId is { } from && from != after.OwnerId ? await Related.HandOver(tx, after.Id, from, after.OwnerId!.Value) : new(0, 0);
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

    private static Row Apply(Request request, Row before, string? phone)
    {
        var (first, last) = request.Name.IsSet && !request.FirstName.IsSet && !request.LastName.IsSet
            ? PersonName.From(request.Name.Value, null, null)
            : (Fields.Text(request.FirstName.Or(before.FirstName)), Fields.Text(request.LastName.Or(before.LastName)));
        var email = Fields.Text(request.Email.Or(before.Email));
        var status = request.Status.Or(before.Status).ToLowerInvariant();
        var isRestored = before.DeletedAt is not null && request.Status.IsSet && status != "inactive";
        // A deleted contact holds no address; a restored one takes its own back.
        var holdsAddress = (before.DeletedAt is null || isRestored) && !request.AllowDuplicate && email is not null;
        return before with
        {
            FirstName = first,
            LastName = last,
            Email = email,
            EmailKey = email == before.Email && !isRestored ? before.EmailKey : holdsAddress ? Emails.Normalize(email!) : null,
            Phone = phone,
            Company = Fields.Text(request.Company.Or(before.Company)),
            JobTitle = Fields.Text(request.JobTitle.Or(before.JobTitle)),
            Status = status,
            Source = Fields.Text(request.Source.Or(before.Source)),
            Tags = request.Tags.IsSet ? Fields.Labels(request.Tags.Value) : before.Tags,
            Address = Fields.Text(request.Address.Or(before.Address)),
            Notes = Fields.Text(request.Notes.Or(before.Notes)),
            CustomFields = request.CustomFields.IsSet ? Fields.Json(request.CustomFields.Value) : before.CustomFields,
            OwnerId = request.OwnerId.Or(before.OwnerId),
            UnsubscribedEmail = request.UnsubscribedEmail.Or(before.UnsubscribedEmail),
            UnsubscribedSms = request.UnsubscribedSms.Or(before.UnsubscribedSms),
            DeletedAt = isRestored ? null : before.DeletedAt,
        };
    }

    private static Task<int> Save(DbTransaction tx, Row row) => tx.Execute(UpdateSql, new
    {
        row.Id,
        row.FirstName,
        row.LastName,
        row.Email,
        row.EmailKey,
        row.Phone,
        row.Company,
        row.JobTitle,
        row.Status,
        row.Source,
        row.Tags,
        row.Address,
        row.Notes,
        CustomFields = row.CustomFields.GetRawText(),
        NewOwnerId = row.OwnerId,
        row.UnsubscribedEmail,
        row.UnsubscribedSms,
        row.DeletedAt,
        tx.Now,
    });
}
