using Crm.Shared.Integrations.S3;
using Microsoft.AspNetCore.Http.Features;

namespace Crm.Functions.Files;

public static class FilesSetup
{
    /// <summary>A form is held in memory as far as the largest one may reach, that of an attachment: the disk of an instance is nobody's.</summary>
    private const int LargestForm = 11 * 1024 * 1024;

    public static void AddFiles(this FunctionsApplicationBuilder builder)
    {
        builder.Services.AddOptions<S3Options>()
            .Bind(builder.Configuration.GetSection(S3Options.Section))
            .Validate(options => (options.AccessKey.Length == 0) == (options.SecretKey.Length == 0), "Set S3__AccessKey and S3__SecretKey, both or none.")
            .Validate(
                options => IsAddress(options.ServiceUrl) && IsAddress(options.PublicUrl),
                "S3__ServiceUrl and S3__PublicUrl must be complete addresses such as https://files.example.com, or empty.")
            .ValidateOnStart();
        builder.Services.AddSingleton<FileStore>();
        builder.Services.Configure<FormOptions>(static form => form.MemoryBufferThreshold = LargestForm);
    }

    private static bool IsAddress(string text) => text.Length == 0 || Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";
}
