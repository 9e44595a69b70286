using Crm.Functions.Auth;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

/// <summary>A contact as it is before a change, locked until the transaction ends, and as the change leaves it.</summary>
internal sealed record ContactRow : ContactFields
{
    public required Guid Id { get; init; }
    public string? EmailKey { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }
    public required int Version { get; init; }

    /// <summary>The organisation's: where phone numbers without a prefix belong.</summary>
    public required string Country { get; init; }

    private const string LockSql = $"""
        select {Columns}, c.id, c.email_key, c.deleted_at, c.version, o.country
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

    /// <summary>The contact, locked, or null when the scope does not hold it.</summary>
    public static Task<ContactRow?> Lock(DbTransaction tx, Guid id) => tx.Find<ContactRow>(LockSql, new { ContactId = id });

    /// <summary>The contact as a request wants it; its phone number has been read already.</summary>
    public ContactRow Patched(UpdateContact.Request request, string? phone)
    {
        var (first, last) = request.Name.IsSet && !request.FirstName.IsSet && !request.LastName.IsSet
            ? PersonName.From(request.Name.Value, null, null)
            : (Fields.Text(request.FirstName.Or(FirstName)), Fields.Text(request.LastName.Or(LastName)));
        var email = Fields.Text(request.Email.Or(Email));
        var status = request.Status.Or(Status).ToLowerInvariant();
        var isRestored = DeletedAt is not null && request.Status.IsSet && status != "inactive";
        // A deleted contact holds no address; a restored one takes its own back.
        var holdsAddress = (DeletedAt is null || isRestored) && !request.AllowDuplicate && email is not null;
        return this with
        {
            FirstName = first,
            LastName = last,
            Email = email,
            EmailKey = email == Email && !isRestored ? EmailKey : holdsAddress ? Emails.Normalize(email!) : null,
            Phone = phone,
            Company = Fields.Text(request.Company.Or(Company)),
            JobTitle = Fields.Text(request.JobTitle.Or(JobTitle)),
            Status = status,
            Source = Fields.Text(request.Source.Or(Source)),
            Tags = request.Tags.IsSet ? Fields.Labels(request.Tags.Value) : Tags,
            Address = Fields.Text(request.Address.Or(Address)),
            Notes = Fields.Text(request.Notes.Or(Notes)),
            CustomFields = request.CustomFields.IsSet ? Fields.Json(request.CustomFields.Value) : CustomFields,
            OwnerId = request.OwnerId.Or(OwnerId),
            UnsubscribedEmail = request.UnsubscribedEmail.Or(UnsubscribedEmail),
            UnsubscribedSms = request.UnsubscribedSms.Or(UnsubscribedSms),
            DeletedAt = isRestored ? null : DeletedAt,
        };
    }

    /// <summary>Saves it, unless another contact holds its address by now: then no row is changed.</summary>
    public Task<int> Save(DbTransaction tx) => tx.Execute(UpdateSql, new
    {
        Id,
        FirstName,
        LastName,
        Email,
        EmailKey,
        Phone,
        Company,
        JobTitle,
        Status,
        Source,
        Tags,
        Address,
        Notes,
        CustomFields = CustomFields.GetRawText(),
        NewOwnerId = OwnerId,
        UnsubscribedEmail,
        UnsubscribedSms,
        DeletedAt,
        tx.Now,
    });
}
