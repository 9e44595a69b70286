using System.Text.Encodings.Web;
using Crm.Functions.Tokens;

namespace Crm.Functions.Auth;

public static class AuthSetup
{
    public static void AddAuth(this FunctionsApplicationBuilder builder)
    {
        builder.Services.AddOptions<JwtOptions>()
            .Bind(builder.Configuration.GetSection(JwtOptions.Section))
            .Validate(
                options => JwtOptions.IsStrong(options.Key),
                $"Set Jwt__Key to a random text of at least {JwtOptions.ShortestKey} bytes, for example from: openssl rand -base64 48")
            .Validate(
                options => options.PreviousKey is null or "" || JwtOptions.IsStrong(options.PreviousKey),
                $"Jwt__PreviousKey is the key before the last rotation, at least {JwtOptions.ShortestKey} bytes: remove it when there is none.")
            .Validate(
                options => options.AccessTokenHours > 0 && options.RefreshTokenDays > 0,
                "Jwt__AccessTokenHours and Jwt__RefreshTokenDays must be positive.")
            .ValidateOnStart();
        builder.Services.AddOptions<PublicAddressOptions>()
            .Configure(options => options.PublicBaseUrl = builder.Configuration["PUBLIC_BASE_URL"])
            .Validate(options => Links.IsReachable(options.PublicBaseUrl, builder.Environment.IsDevelopment()), Links.Unreachable)
            .ValidateOnStart();
        builder.Services.AddSingleton(Links.From(builder.Configuration));
        builder.Services.AddSingleton<AccessTokens>();
        builder.Services.AddSingleton<Callers>();
        builder.Services.AddSingleton<Sessions>();
        builder.Services.AddSingleton<LinkTokens>();
        // The core only: AddAuthentication also brings data protection and its key files, which nothing here uses.
        builder.Services.AddSingleton(UrlEncoder.Default);
        builder.Services.AddAuthenticationCore(options =>
        {
            options.DefaultScheme = BearerAuthentication.SchemeName;
            options.AddScheme<BearerAuthentication>(BearerAuthentication.SchemeName, displayName: null);
        });
        builder.Services.AddPermissionPolicies();
    }
}
