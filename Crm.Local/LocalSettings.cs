using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Crm.Local.Providers;

namespace Crm.Local;

/// <summary>
/// The function app's settings in the file format of the Functions tools. Our own values are written
/// anew at each start; a value that somebody added by hand, the CORS origins, the keys and the accounts with the vendors stay.
/// </summary>
internal sealed record LocalSettings
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public bool IsEncrypted { get; init; }
    public Dictionary<string, string> Values { get; init; } = [];
    public HostSettings Host { get; init; } = new();

    [JsonIgnore]
    public IReadOnlyList<string> CorsOrigins => Host.CORS.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public static LocalSettings Load(string file)
    {
        var settings = File.Exists(file) ? JsonSerializer.Deserialize<LocalSettings>(File.ReadAllText(file), Json)! : new();
        settings.Values.TryAdd("Jwt__Key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)));
        var app = new AppLink();
        settings.Values.TryAdd("SendGrid__InboundSecret", app.InboundSecret);
        settings.Values.TryAdd("Twilio__AccountSid", app.AccountSid);
        settings.Values.TryAdd("Twilio__AuthToken", app.AuthToken);
        settings.Values.TryAdd("Stripe__WebhookSecret", app.StripeWebhookSecret);
        return settings;
    }

    /// <summary>Tells the vendors' side who the app is and where.</summary>
    public void Introduce(AppLink app, Uri api)
    {
        app.Address = api;
        app.InboundSecret = Values["SendGrid__InboundSecret"];
        app.AccountSid = Values["Twilio__AccountSid"];
        app.AuthToken = Values["Twilio__AuthToken"];
        app.StripeWebhookSecret = Values["Stripe__WebhookSecret"];
    }

    /// <summary>Writes our own values: where the services of this start are.</summary>
    public void Fill(string storage, string database, ProviderSimulator providers, Uri api, string clock)
    {
        Values["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        Values["AzureWebJobsDisableHomepage"] = "true";
        foreach (var environment in new[] { "AZURE_FUNCTIONS_ENVIRONMENT", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT" })
            Values[environment] = "Development";
        Values["AzureWebJobsStorage"] = storage;
        Values["Database__ConnectionString"] = database;
        foreach (var (name, value) in providers.App.Settings(providers.BaseUrl))
            Values[name] = value;
        Values["SendGrid__FromName"] = "Crm";
        Values["PUBLIC_BASE_URL"] = api.GetLeftPart(UriPartial.Authority);
        Values["RateLimit__PerMinute"] = "0";
        Values["Webhooks__AllowPrivateAddresses"] = "true";
        Values["Clock__OffsetFile"] = clock;
    }

    public void Save(string file)
    {
        // It holds keys and the database's password.
        using var stream = SecretFile.Create(file);
        JsonSerializer.Serialize(stream, this, Json);
    }

    public sealed record HostSettings
    {
        public string CORS { get; init; } = "http://localhost:3000,http://localhost:5173";
        public bool CORSCredentials { get; init; }
    }
}
