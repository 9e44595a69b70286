using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crm.Local;

/// <summary>
/// The function app's settings in the file format of the Functions tools. Our own values are written
/// anew at each start; a value that somebody added by hand, the CORS origins and the token key stay.
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
        return settings;
    }

    /// <summary>Writes our own values: where the services of this start are.</summary>
    public void Fill(string storage, string database, Uri providers, Uri api, string clock)
    {
        Values["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        Values["AzureWebJobsDisableHomepage"] = "true";
        foreach (var environment in new[] { "AZURE_FUNCTIONS_ENVIRONMENT", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT" })
            Values[environment] = "Development";
        Values["AzureWebJobsStorage"] = storage;
        Values["Database__ConnectionString"] = database;
        Values["SendGrid__ApiKey"] = "SG.local";
        Values["SendGrid__BaseUrl"] = providers.GetLeftPart(UriPartial.Authority);
        Values["SendGrid__FromEmail"] = "no-reply@crm.test";
        Values["SendGrid__FromName"] = "Crm";
        Values["PUBLIC_BASE_URL"] = api.GetLeftPart(UriPartial.Authority);
        Values["RateLimit__PerMinute"] = "0";
        Values["Clock__OffsetFile"] = clock;
    }

    public void Save(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            // It holds keys and the database's password.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var stream = new FileStream(file, options);
        JsonSerializer.Serialize(stream, this, Json);
    }

    public sealed record HostSettings
    {
        public string CORS { get; init; } = "http://localhost:3000,http://localhost:5173";
        public bool CORSCredentials { get; init; }
    }
}
