using System.ComponentModel.DataAnnotations;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Sending;
using Crm.Shared.Database;

namespace Crm.Functions.Suppressions;

public static class SuppressAddresses
{
    private const int Most = 1000;

    /// <param name="Channel">email (the default) or sms.</param>
    /// <param name="Address">The address, where it is one.</param>
    /// <param name="Addresses">The addresses, 1,000 at most.</param>
    /// <param name="Note">Why, for colleagues.</param>
    [ValidatableType]
    public sealed record Request(
        [OneOf("email", "sms")] string? Channel,
        [Text(254)] string? Address,
        [Labels(Most, EmailAttribute.Longest)] string[]? Addresses,
        [Text(500)] string? Note) : IValidatableObject
    {
        public static Request Example => new("email", null, ["no-more@example.com", "old-office@example.com"], "Asked us on the phone.");

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (string.IsNullOrWhiteSpace(Address) && Addresses is not { Length: > 0 })
                yield return new("address or addresses is required.", ["address"]);
        }
    }

    /// <param name="Added">How many were not suppressed before.</param>
    /// <param name="Suppressions">All of those asked for, by address; one that was suppressed before for a graver reason keeps it.</param>
    public sealed record Response(int Added, IReadOnlyList<Suppression> Suppressions);

    /// <summary>Suppresses addresses: campaigns go to them no more, whosever they are.</summary>
    /// <remarks>
    /// Colleagues still write personal messages to them. What the contacts themselves say about campaigns stays as it is; PATCH /contacts changes that.
    /// </remarks>
    [Function("SuppressAddresses"), Tags("Suppressions"), Allow(Permission.EditSuppressions)]
    public static async Task<Created<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "suppressions")] Request request, Caller caller, Db db, CancellationToken ct)
    {
        var channel = request.Channel?.ToLowerInvariant() ?? "email";
        string[] given = [.. new[] { request.Address }.OfType<string>().Where(address => !string.IsNullOrWhiteSpace(address)), .. request.Addresses ?? []];
        var country = await AddressRules.Country(db, caller, ct);
        var addresses = given.Select(address => AddressRules.Read(channel, address, country)).ToArray();
        if (Array.IndexOf(addresses, null) is >= 0 and var wrong)
            return Error.Invalid(
                request.Addresses is null ? "address" : "addresses",
                $"{given[wrong]} is no {(channel == "email" ? "e-mail address" : "phone number; with its country it looks like +14155550132")}.");
        return await db.Transaction<Created<Response>>(caller.Organization, async tx =>
        {
            var added = await SuppressedAddresses.Add(
                tx, [.. addresses.Select(address => new SuppressedAddresses.Wish(channel, address!, "manual"))], caller.UserId, Fields.Text(request.Note));
            await tx.Audit(caller.UserId, "addresses.suppressed", "suppression", null, new { channel, added });
            return new Response(added, await tx.List<Suppression>(AddressRules.FindSql, new { Channel = channel, Addresses = addresses }));
        }, ct);
    }
}
