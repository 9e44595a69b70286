namespace Crm.Functions.Templates;

/// <summary>How long the parts of a template may be, in characters; how many variables and tags it has.</summary>
internal static class Longest
{
    public const int Name = 200;
    public const int Subject = 500;
    public const int Content = 100_000;
    public const int Html = 500_000;
    public const int Category = 100;
    public const int Variables = 200;
    public const int Tags = 50;
    public const int Settings = 16 * 1024;
}
