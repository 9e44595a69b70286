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

    private static async Task<string> Refusal(params (string Name, string? Value)[] settings)
    {
        if (settings.All(setting => setting.Name != "PUBLIC_BASE_URL"))
            settings = [.. settings, ("PUBLIC_BASE_URL", "https://crm.test")];
        string[] args = [
            "--Functions:Worker:HostEndpoint=http://127.0.0.1:1/", "--Functions:Worker:WorkerId=none", "--Functions:Worker:RequestId=none",
            "--Functions:Worker:GrpcMaxMessageLength=1", "--Logging:LogLevel:Default=None", "--Database:ConnectionString=Host=127.0.0.1",
            .. settings.Where(setting => setting.Value is not null).Select(setting => $"--{setting.Name}={setting.Value}"),
        ];
        using var app = CrmApp.Build(args);
        return (await Assert.ThrowsAnyAsync<OptionsValidationException>(() => app.StartAsync())).Message;
    }
}
