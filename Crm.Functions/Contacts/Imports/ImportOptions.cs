using System.Text.Json;
using Crm.Functions.Auth;

namespace Crm.Functions.Contacts.Imports;

/// <summary>How an import is to go about, as the fields beside its file say.</summary>
internal sealed record ImportOptions(
    IReadOnlyDictionary<string, string?>? Mapping, bool DryRun, string OnDuplicate, string[] Tags, string? Source, Guid OwnerId)
{
    /// <summary>As a contact's.</summary>
    private const int LongestSource = 100;

    /// <summary>The options, or what is wrong with them. They are read here and not while the form is bound: what is wrong with the file comes first.</summary>
    public static (ImportOptions? Options, Error? Fault) Read(
        Caller caller, string? mapping, string? dryRun, string? onDuplicate, string? tags, string? source, string? ownerId)
    {
        Dictionary<string, string?>? columns = null;
        if (Fields.Text(mapping) is { } json)
        {
            try
            {
                columns = JsonSerializer.Deserialize<Dictionary<string, string?>>(json);
            }
            catch (JsonException)
            {
                return (null, Error.Invalid("mapping", "mapping must be a JSON object such as {\"E-mail\":\"email\",\"Remarks\":null}."));
            }
        }

        var isDry = false;
        if (Fields.Text(dryRun) is { } dry && !bool.TryParse(dry, out isDry))
            return (null, Error.Invalid("dryRun", "dryRun must be true or false."));
        var doubles = Fields.Text(onDuplicate)?.ToLowerInvariant() ?? "update";
        if (doubles is not ("update" or "skip"))
            return (null, Error.Invalid("onDuplicate", "onDuplicate must be one of update, skip."));
        var owner = caller.UserId;
        if (Fields.Text(ownerId) is { } id && !Guid.TryParse(id, out owner))
            return (null, Error.Invalid("ownerId", "ownerId must be the id of a user."));
        if (caller.Reach == Reach.Own && owner != caller.UserId)
            return (null, Errors.Forbidden with { Message = "Staff own the contacts they import: leave ownerId out." });
        var labels = Fields.Labels(tags?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        if (labels.Length > 50 || labels.Any(tag => tag.Length > 50))
            return (null, Error.Invalid("tags", "tags must hold at most 50 labels of at most 50 characters."));
        if (Fields.Text(source) is { Length: > LongestSource })
            return (null, Error.Invalid("source", $"source must be at most {LongestSource} characters."));
        return (new(columns, isDry, doubles, labels, Fields.Text(source), owner), null);
    }
}
