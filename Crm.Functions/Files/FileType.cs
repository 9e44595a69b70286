using Microsoft.AspNetCore.StaticFiles;

namespace Crm.Functions.Files;

/// <summary>What an uploaded file is, whatever its sender says of it.</summary>
public static class FileType
{
    /// <summary>As much of a file's beginning tells it.</summary>
    public const int Head = 1024;

    /// <summary>Nobody's browser shows it: it is only ever saved.</summary>
    public const string Unknown = "application/octet-stream";

    /// <summary>
    /// How the names of programs, and of what holds or starts them, end: what a large mail provider takes from nobody, so that the mail would not arrive
    /// (support.google.com/mail/answer/6590).
    /// </summary>
    private static readonly HashSet<string> Programs = new(StringComparer.Ordinal)
    {
        "ade", "adp", "apk", "appx", "appxbundle", "bat", "cab", "chm", "cmd", "com", "cpl", "diagcab", "diagcfg", "diagpkg", "dll", "dmg", "ex", "ex_",
        "exe", "hta", "img", "ins", "iso", "isp", "jar", "jnlp", "js", "jse", "lib", "lnk", "mde", "mjs", "msc", "msi", "msix", "msixbundle", "msp", "mst",
        "nsh", "pif", "ps1", "scr", "sct", "shb", "sys", "vb", "vbe", "vbs", "vhd", "vxd", "wsc", "wsf", "wsh", "xll",
    };

    /// <summary>What programs begin with, whatever their names: of Linux, of Macs (both ways round; several in one, as Java's), a link of Windows.</summary>
    private static readonly byte[][] ProgramHeads =
    [
        [0x7F, (byte)'E', (byte)'L', (byte)'F'], [0xFE, 0xED, 0xFA, 0xCE], [0xFE, 0xED, 0xFA, 0xCF], [0xCE, 0xFA, 0xED, 0xFE], [0xCF, 0xFA, 0xED, 0xFE],
        [0xCA, 0xFE, 0xBA, 0xBE], [0x4C, 0, 0, 0, 1, 0x14, 2, 0],
    ];

    private static readonly (byte[] Head, string Type)[] Heads =
    [
        ([.. "%PDF-"u8], "application/pdf"), ([0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n'], "image/png"), ([0xFF, 0xD8, 0xFF], "image/jpeg"),
        ([.. "GIF8"u8], "image/gif"), ([.. "PK"u8, 3, 4], "application/zip"),
    ];

    private static readonly FileExtensionContentTypeProvider Types = new();

    /// <summary>Whether opening it may run something.</summary>
    /// <param name="name">A clean name.</param>
    /// <param name="head">Its first bytes.</param>
    public static bool IsProgram(string name, ReadOnlySpan<byte> head)
    {
        foreach (var program in ProgramHeads)
        {
            if (head.StartsWith(program))
                return true;
        }

        // Of Windows; a text that begins with these letters has no zeros.
        return Programs.Contains(FileName.Extension(name)) || head.StartsWith("MZ"u8) && head.Contains((byte)0);
    }

    /// <summary>The media type, by the name and where that says nothing by the first bytes.</summary>
    public static string Of(string name, ReadOnlySpan<byte> head)
    {
        if (Types.TryGetContentType(name, out var type))
            return type;
        foreach (var (begins, known) in Heads)
        {
            if (head.StartsWith(begins))
                return known;
        }

        return Unknown;
    }
}
