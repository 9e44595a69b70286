using System.ComponentModel.DataAnnotations;

namespace Crm.Functions.Requests;

/// <summary>
/// A complete web address of at most 2000 characters; blank counts as absent. With <paramref name="secure"/> it must be https, because
/// pages show it: only this machine itself, as in development, may do with http.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class WebAddressAttribute(bool secure) : ValidationAttribute
{
    private const int Longest = 2000;

    public bool Secure => secure;

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        if (Rule.Given(value) is not string text || string.IsNullOrWhiteSpace(text) || IsAddress(text.Trim(), secure))
            return null;
        return Rule.Broken(validationContext, $"must be a complete web address such as https://example.com, of at most {Longest} characters");
    }

    private static bool IsAddress(string text, bool secure) =>
        text.Length <= Longest
        && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '<' or '>' or '"' or '\\')
        && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Host.Length > 0
        && uri.UserInfo.Length == 0
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp && (!secure || uri.IsLoopback));
}
