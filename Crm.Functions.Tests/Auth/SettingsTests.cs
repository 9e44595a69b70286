using Azure.Identity;
using Crm.Functions.Hosting;
using Crm.Functions.Tokens;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Tests.Auth;

public sealed class SettingsTests
{
    private const string Strong = "a-strong-enough-signing-key-0123456789";

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("too-short-0123456789")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("12121212121212121212121212121212121212121212121212")]
    public async Task A_missing_or_weak_key_stops_the_start_and_is_named(string? key) =>
        Assert.Contains("Jwt__Key", await Refusal(("Jwt:Key", key)), StringComparison.Ordinal);

    [Fact]
    public async Task A_weak_previous_key_stops_the_start_and_is_named() =>
        Assert.Contains("Jwt__PreviousKey", await Refusal(("Jwt:Key", Strong), ("Jwt:PreviousKey", "weak")), StringComparison.Ordinal);

    [Theory]
    [InlineData("Jwt:AccessTokenHours", "0")]
    [InlineData("Jwt:RefreshTokenDays", "-1")]
    public async Task A_lifetime_that_is_none_stops_the_start_and_is_named(string setting, string value) =>
        Assert.Contains(setting.Replace(":", "__", StringComparison.Ordinal), await Refusal(("Jwt:Key", Strong), (setting, value)), StringComparison.Ordinal);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("crm.example.com")]
    [InlineData("ftp://crm.example.com")]
    public async Task An_address_that_links_cannot_lead_to_stops_the_start_outside_development(string? address)
    {
        Assert.Contains("Set PUBLIC_BASE_URL", await Refusal(("Jwt:Key", Strong), ("PUBLIC_BASE_URL", address)), StringComparison.Ordinal);
        Assert.True(Links.IsReachable(address, isDevelopment: true));
    }

    [Fact]
    public async Task A_message_about_a_key_never_shows_it() =>
        Assert.DoesNotContain("too-short-0123456789", await Refusal(("Jwt:Key", "too-short-0123456789")), StringComparison.Ordinal);

    [Theory]
    [InlineData("Database:ConnectionString", "", "Set Database__ConnectionString")]
    [InlineData("Database:ConnectionString", "a connection string", "Set Database__ConnectionString")]
    [InlineData("Database:ConnectionString", "Database=crm", "Set Database__ConnectionString")]
    [InlineData("AzureWebJobsStorage", "", "Set AzureWebJobsStorage")]
    [InlineData("Telemetry:TraceRatio", "10", "Telemetry__TraceRatio must be from 0")]
    [InlineData("SendGrid:ApiKey", "SG.key", "Set SendGrid__FromEmail")]
    [InlineData("SendGrid:InboundSecret", "guess me", "SendGrid__InboundSecret is shorter")]
    [InlineData("SendGrid:WebhookPublicKey", "no key", "SendGrid__WebhookPublicKey is no public key")]
    [InlineData("Twilio:AccountSid", "AC0123456789abcdef0123456789abcdef", "Set Twilio__AuthToken and Twilio__From")]
    public async Task A_setting_that_is_missing_or_half_of_two_stops_the_start_and_is_named(string setting, string value, string message) =>
        Assert.Contains(message, await Refusal(("Jwt:Key", Strong), (setting, value)), StringComparison.Ordinal);

    [Theory]
    [InlineData("Jwt:Key", "Jwt__Key")]
    [InlineData("Jwt:PreviousKey", "Jwt__PreviousKey")]
    [InlineData("Database:ConnectionString", "Database__ConnectionString")]
    [InlineData("SendGrid:WebhookSecret", "SendGrid__WebhookSecret")]
    public async Task A_reference_to_a_secret_that_the_platform_could_not_read_is_no_value(string setting, string name)
    {
        // As long and odd as a strong key, and anybody can guess it.
        var reference = "@Microsoft.KeyVault(VaultName=crm-prod-1a2b3c;SecretName=jwt-key)";
        Assert.True(JwtOptions.IsStrong(reference));

        var message = await Refusal(("Jwt:Key", Strong), (setting, reference));

        Assert.Contains($"{name} refers to a secret of the key vault that could not be read", message, StringComparison.Ordinal);
        Assert.DoesNotContain(reference, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("accountName", "crmdata", "https://crmdata.queue.core.windows.net/")]
    [InlineData("queueServiceUri", "https://crmdata.queue.example.net", "https://crmdata.queue.example.net/")]
    public void The_storage_account_is_found_by_its_name_or_its_queues_address(string? setting, string? value, string? address)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"AzureWebJobsStorage:{setting}", value)]).Build();

        Assert.Equal(address, QueueConnection.Service(configuration)?.AbsoluteUri);
        Assert.Equal(address is not null, QueueConnection.IsGiven(configuration));
        if (address is not null)
            Assert.Equal("crmdata", QueueConnection.Open(configuration).AccountName);
    }

    [Theory]
    [InlineData("clientId", "11111111-2222-3333-4444-555555555555", typeof(ManagedIdentityCredential))]
    [InlineData("credential", "managedidentity", typeof(ManagedIdentityCredential))]
    [InlineData("accountName", "crmdata", typeof(DefaultAzureCredential))]
    public void The_app_signs_in_to_its_storage_with_the_identity_that_the_host_uses(string setting, string value, Type credential) =>
        Assert.IsType(
            credential,
            QueueConnection.Credential(new ConfigurationBuilder().AddInMemoryCollection([new($"AzureWebJobsStorage:{setting}", value)]).Build()));

    private static async Task<string> Refusal(params (string Name, string? Value)[] settings)
    {
        if (settings.All(setting => setting.Name != "PUBLIC_BASE_URL"))
            settings = [.. settings, ("PUBLIC_BASE_URL", "https://crm.test")];
        string[] args = [
            "--Functions:Worker:HostEndpoint=http://127.0.0.1:1/", "--Functions:Worker:WorkerId=none", "--Functions:Worker:RequestId=none",
            "--Functions:Worker:GrpcMaxMessageLength=1", "--Logging:LogLevel:Default=None", "--Database:ConnectionString=Host=127.0.0.1",
            "--AzureWebJobsStorage=UseDevelopmentStorage=true",
            .. settings.Where(setting => setting.Value is not null).Select(setting => $"--{setting.Name}={setting.Value}"),
        ];
        using var app = CrmApp.Build(args);
        return (await Assert.ThrowsAnyAsync<OptionsValidationException>(() => app.StartAsync())).Message;
    }
}
