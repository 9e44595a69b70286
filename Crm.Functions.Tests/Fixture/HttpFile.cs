using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Crm.Functions.Tests.Fixture;

/// <summary>A request of a <c>.http</c> file, with its variables as they are written.</summary>
public sealed record HttpFileRequest(string? Name, string Method, string Address, IReadOnlyList<(string Name, string Value)> Headers, string? Body)
{
    /// <summary>Where its file is: files that it sends lie beside it.</summary>
    public string Folder { get; init; } = "";

    /// <summary>The path without the host's variable and without the query.</summary>
    public string Path => Address.Replace("{{api}}", "", StringComparison.Ordinal).Split('?')[0];
}

/// <summary>
/// A file of requests as editors run them: requests below <c>###</c>, names in
/// <c># @name</c>, answers of named requests in <c>{{name.response.body.$.path}}</c>.
/// </summary>
public static partial class HttpFile
{
    public static IReadOnlyList<HttpFileRequest> Read(string file) =>
        [.. File.ReadAllText(file).ReplaceLineEndings("\n").Split("\n###").Select(Parse).OfType<HttpFileRequest>()
            .Select(request => request with { Folder = Path.GetDirectoryName(file)! })];

    /// <summary>A body as it is sent: a line <c>&lt; ./name</c> stands for the file of that name.</summary>
    public static byte[] Bytes(string body, string folder)
    {
        var end = body.Contains("\r\n", StringComparison.Ordinal) ? "\r\n"u8.ToArray() : "\n"u8.ToArray();
        var lines = body.ReplaceLineEndings("\n").Split('\n').Select(line => line.StartsWith("< ./", StringComparison.Ordinal)
            ? File.ReadAllBytes(Path.Combine(folder, line[4..]))
            : Encoding.UTF8.GetBytes(line));
        return [.. lines.SelectMany((line, index) => index == 0 ? line : [.. end, .. line])];
    }

    /// <summary>Puts values in the place of variables.</summary>
    public static string Fill(string text, Func<string, string> value) => Variable().Replace(text, match => value(match.Groups["name"].Value));

    /// <summary>What a variable like <c>created.response.body.$.data.items[0].id</c> says of the answers there are.</summary>
    public static string Find(string variable, IReadOnlyDictionary<string, JsonElement> answers)
    {
        var parts = variable.Split(".response.body.$.");
        var found = answers[parts[0]];
        foreach (Match step in Step().Matches(parts[1]))
            found = step.Groups["index"].Success
                ? found[int.Parse(step.Groups["index"].Value, System.Globalization.CultureInfo.InvariantCulture)]
                : found.GetProperty(step.Value);
        return found.ToString();
    }

    private static HttpFileRequest? Parse(string part)
    {
        var lines = part.Split('\n');
        var first = Array.FindIndex(lines, line => Line().IsMatch(line));
        if (first < 0)
            return null;
        var end = Array.FindIndex(lines, first, line => line.Length == 0);
        var headers = lines[(first + 1)..(end < 0 ? lines.Length : end)].Select(line => line.Split(": ", 2)).Select(pair => (pair[0], pair[1]));
        var body = end < 0 ? "" : string.Join('\n', lines[(end + 1)..]).Trim('\n');
        var name = lines[..first].FirstOrDefault(line => line.StartsWith("# @name ", StringComparison.Ordinal))?["# @name ".Length..];
        var request = lines[first].Split(' ');
        return new(name, request[0], request[1], [.. headers], body.Length == 0 ? null : body);
    }

    [GeneratedRegex("^(GET|POST|PATCH|DELETE) ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Line();

    [GeneratedRegex(@"\{\{(?<name>[^}]+)\}\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Variable();

    [GeneratedRegex(@"\[(?<index>\d+)\]|\w+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Step();
}
