namespace Crm.Shared.Integrations.S3;

/// <summary>Where files are kept: AWS, or any store that speaks S3. Section <c>S3</c>; without a bucket uploads are off.</summary>
public sealed class S3Options
{
    public const string Section = "S3";

    /// <summary>The store's address; none: AWS itself, in <see cref="Region"/>.</summary>
    public string ServiceUrl { get; set; } = "";

    public string Region { get; set; } = "us-east-1";

    public string Bucket { get; set; } = "";

    /// <summary>Without the two keys the client looks for them where AWS's own tools do.</summary>
    public string AccessKey { get; set; } = "";

    public string SecretKey { get; set; } = "";

    /// <summary>What pictures' addresses begin with: a CDN in front of the bucket, or its public address; none: the bucket itself.</summary>
    public string PublicUrl { get; set; } = "";

    public bool IsConfigured => Bucket.Length > 0;

    /// <summary>The address of a public file.</summary>
    public string UrlOf(string key) => $"{Root}/{key}";

    private string Root =>
        PublicUrl.Length > 0 ? PublicUrl.TrimEnd('/')
        : ServiceUrl.Length > 0 ? $"{ServiceUrl.TrimEnd('/')}/{Bucket}"
        : $"https://{Bucket}.s3.{Region}.amazonaws.com";
}
