using Crm.Shared.Integrations.SendGrid;
using Crm.Shared.Integrations.Twilio;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Crm.Functions.Hosting;

/// <summary>What a start depends on besides the options of each area: the message names the setting and what to do, and never shows a value.</summary>
public sealed class SettingChecks(IConfiguration configuration) : IValidateOptions<SettingChecks.Checked>
{
    /// <summary>The shortest secret that nobody guesses: 16 characters are 64 bits where they are hexadecimal.</summary>
    private const int ShortestSecret = 16;

    /// <summary>What a setting still says when the platform could not read the secret that it refers to. Long and odd enough to pass for a key.</summary>
    private const string Reference = "@Microsoft.KeyVault(";

    /// <summary>Nothing: the checks are about the settings as a whole.</summary>
    public sealed class Checked;

    public ValidateOptionsResult Validate(string? name, Checked options) =>
        Faults().ToArray() is { Length: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;

    private IEnumerable<string> Faults()
    {
        foreach (var (key, value) in configuration.AsEnumerable())
        {
            if (value?.StartsWith(Reference, StringComparison.OrdinalIgnoreCase) == true)
                yield return $"{Name(key)} refers to a secret of the key vault that could not be read: "
                    + "the secret must exist, and the app's identity needs the role Key Vault Secrets User on the vault.";
        }

        if (!IsConnectionString(configuration[DatabaseSetup.ConnectionSetting]))
            yield return DatabaseSetup.Missing;
        if (configuration.GetValue(TelemetrySetup.RatioSetting, 1.0) is not (>= 0 and <= 1))
            yield return $"{Name(TelemetrySetup.RatioSetting)} must be from 0 (no traces) to 1 (all of them).";
        if (!QueueConnection.IsGiven(configuration))
            yield return QueueConnection.Missing;

        var mail = configuration.GetSection(SendGridOptions.Section).Get<SendGridOptions>() ?? new();
        if (mail.ApiKey.Length > 0 && mail.FromEmail.Length == 0)
            yield return "Set SendGrid__FromEmail to the sender, an address of a domain verified with SendGrid; or remove SendGrid__ApiKey, and e-mail is off.";
        if (mail.InboundSecret.Length is > 0 and < ShortestSecret)
            yield return $"SendGrid__InboundSecret is shorter than {ShortestSecret} characters: make one with openssl rand -hex 24, or leave it empty.";

        var sms = configuration.GetSection(TwilioOptions.Section).Get<TwilioOptions>() ?? new();
        if (sms.AccountSid.Length > 0 && !sms.IsConfigured)
            yield return "Set Twilio__AuthToken and Twilio__From beside Twilio__AccountSid; or remove that one, and SMS are off.";
    }

    private static string Name(string key) => key.Replace(":", "__", StringComparison.Ordinal);

    private static bool IsConnectionString(string? text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text ?? "").Host is { Length: > 0 };
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
