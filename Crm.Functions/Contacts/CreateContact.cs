using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

public static class CreateContact
{
    /// <param name="FirstName">The first name. One of firstName, name, email and phone is required.</param>
    /// <param name="LastName">The last name.</param>
    /// <param name="Name">The full name, split at its last space when firstName and lastName are absent.</param>
    /// <param name="Email">Unique in the organisation unless <c>allowDuplicate</c>.</param>
    /// <param name="Phone">In any common spelling, without a country one of the organisation's; kept in E.164.</param>
    /// <param name="Company">The company the contact works for.</param>
    /// <param name="JobTitle">What the contact does there.</param>
    /// <param name="Status">lead, prospect, customer, active (default) or inactive.</param>
    /// <param name="Source">Where the contact came from.</param>
    /// <param name="Tags">At most 50 labels of at most 50 characters.</param>
    /// <param name="Address">The postal address.</param>
    /// <param name="Notes">Free text.</param>
    /// <param name="CustomFields">An object of your own, 16 KB at most.</param>
    /// <param name="OwnerId">The user the contact belongs to; the caller by default, and always for staff.</param>
    /// <param name="AllowDuplicate">Keeps this contact beside another one with the same e-mail.</param>
    [ValidatableType]
    public sealed record Request(
        [Text(100)] string? FirstName,
        [Text(100)] string? LastName,
        [Text(200)] string? Name,
        [Email] string? Email,
        [Text(40)] string? Phone,
        [Text(200)] string? Company,
        [Text(200)] string? JobTitle,
        [ContactStatus] string? Status,
        [Text(100)] string? Source,
        [Labels(ContactFields.MostTags, 50)] string[]? Tags,
        [Text(500)] string? Address,
        [Text(10_000)] string? Notes,
        [JsonObject(16 * 1024)] JsonElement? CustomFields,
        Guid? OwnerId,
        bool AllowDuplicate = false) : IValidatableObject
    {
        public static Request Example => new(
            "Ann", "Smith", null, "ann.smith@example.com", "+1 415 555 0132", "Northwind", "Head of Purchasing", "lead", "website",
            ["newsletter", "q4"], "12 Harbour Street, Oakland", null, JsonSerializer.SerializeToElement(new { plan = "pro" }), null, AllowDuplicate: true);

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (new[] { FirstName, LastName, Name, Email, Phone }.All(string.IsNullOrWhiteSpace))
                yield return new("Give at least one of firstName, name, email and phone.", [nameof(FirstName)]);
        }
    }

    private sealed record Facts(string Country, bool? OwnerIsActive);

    private const string FactsSql = """
        select o.country, u.status = 'active' as owner_is_active
        from organizations o
        left join users u on u.organization_id = o.id and u.id = @NewOwnerId
        where o.id = @OrganizationId
        """;

    // Gives the contact back as clients see it, unless another one has its e-mail.
    private const string InsertSql = $"""
        with c as (
            insert into contacts (organization_id, id, owner_id, first_name, last_name, email, email_key, phone, company, job_title, status, source, tags,
                                  address, notes, custom_fields, created_at, updated_at)
            values (@OrganizationId, @Id, @NewOwnerId, @FirstName, @LastName, @Email, @EmailKey, @Phone, @Company, @JobTitle, @Status, @Source, @Tags,
                    @Address, @Notes, @CustomFields::jsonb, @Now, @Now)
            on conflict (organization_id, email_key) do nothing
            returning *)
        select {Contact.Columns}
        from c
        left join users u on u.organization_id = c.organization_id and u.id = c.owner_id
        """;

    /// <summary>Creates a contact.</summary>
    [Function("CreateContact"), Tags("Contacts"), Allow(Permission.WriteContacts)]
    public static async Task<Created<Contact>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "contacts")] Request request, Caller caller, Db db, CancellationToken ct)
    {
        var ownerId = request.OwnerId ?? caller.UserId;
        if (caller.Reach == Reach.Own && ownerId != caller.UserId)
            return Errors.Forbidden with { Message = "Staff own the contacts they create: leave ownerId out." };

        return await db.Transaction<Created<Contact>>(caller.Scope, async tx =>
        {
            var facts = (await tx.Find<Facts>(FactsSql, new { NewOwnerId = ownerId }))!;
            if (facts.OwnerIsActive is not true)
                return facts.OwnerIsActive is null ? Errors.UserNotFound : Errors.UserInactive;
            var phone = Fields.Phone(request.Phone, facts.Country);
            if (phone.Fault is not null)
                return Error.Invalid("phone", phone.Fault);

            var (first, last) = PersonName.From(request.Name, request.FirstName, request.LastName);
            var email = Fields.Text(request.Email);
            var id = Guid.CreateVersion7(tx.Now);
            var contact = await tx.Find<Contact>(InsertSql, new
            {
                Id = id,
                NewOwnerId = ownerId,
                FirstName = first,
                LastName = last,
                Email = email,
                EmailKey = request.AllowDuplicate || email is null ? null : Emails.Normalize(email),
                Phone = phone.Number,
                Company = Fields.Text(request.Company),
                JobTitle = Fields.Text(request.JobTitle),
                Status = request.Status?.ToLowerInvariant() ?? "active",
                Source = Fields.Text(request.Source),
                Tags = Fields.Labels(request.Tags),
                Address = Fields.Text(request.Address),
                Notes = Fields.Text(request.Notes),
                CustomFields = Fields.Json(request.CustomFields).GetRawText(),
                tx.Now,
            });
            if (contact is null)
                return await Duplicates.Refusal(tx, email!);

            await tx.Record(caller.UserId, new("contact.created", "contact", id) { Entries = [new(id, "update", "contact_created", "Contact created")] });
            return contact;
        }, ct);
    }
}
