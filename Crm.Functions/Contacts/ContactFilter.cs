using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

/// <summary>Contacts as the list route finds them, named in a body.</summary>
[ValidatableType]
public sealed record ContactFilter
{
    /// <summary>Words of a name, an e-mail address, a company or a phone number.</summary>
    [Text(200)]
    public string? Search { get; init; }

    /// <summary>Any of these statuses.</summary>
    [ContactStatus]
    [NoNulls]
    public string[]? Status { get; init; }

    /// <summary>Contacts with these labels.</summary>
    [NoNulls]
    public string[]? Tags { get; init; }

    /// <summary>Whether one of the labels is enough (any, the default) or all are needed.</summary>
    [OneOf("any", "all")]
    public string? TagsMode { get; init; }

    /// <summary>Where they came from, exactly.</summary>
    [Text(100)]
    public string? Source { get; init; }

    /// <summary>Whose they are; staff may name only themselves.</summary>
    public Guid? OwnerId { get; init; }

    /// <summary>The conditions of a contact <c>c</c>, and their arguments.</summary>
    internal (string Where, ListContacts.Criteria Criteria) In(Scope scope)
    {
        var search = SearchTerm.Of(Search);
        var criteria = new ListContacts.Criteria(
            QueryList.Words(Status), QueryList.Of(Tags), Fields.Text(Source), search?.Pattern, search?.WordPattern);
        return (ListContacts.Where(scope.OwnedBy(OwnerId), criteria, TagsMode), criteria);
    }
}
