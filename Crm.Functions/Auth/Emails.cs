namespace Crm.Functions.Auth;

/// <summary>E-mail addresses as keys.</summary>
public static class Emails
{
    /// <summary>The address trimmed and in lower case: two that agree in this are the same mailbox to us.</summary>
    public static string Normalize(string email) => email.Trim().ToLowerInvariant();
}
