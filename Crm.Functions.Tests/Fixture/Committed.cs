using Crm.Local.Services;

namespace Crm.Functions.Tests.Fixture;

/// <summary>Files of the repository that are derived from the code: a test compares them, so that a change of the API is a visible diff.</summary>
internal static class Committed
{
    /// <summary>Fails when the file is not the text; writes it when <c>CRM_UPDATE_DOCS=1</c>.</summary>
    public static async Task Compare(string path, string text, string testClass)
    {
        var file = Path.Combine(SourceTree.Root, path);
        if (Environment.GetEnvironmentVariable("CRM_UPDATE_DOCS") == "1")
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);

        var committed = File.Exists(file) ? await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken) : "";
        var line = committed.Split('\n').Zip(text.Split('\n')).Select((pair, index) => (pair, index)).FirstOrDefault(at => at.pair.First != at.pair.Second);
        Assert.True(
            committed == text,
            $"The API has changed, and {path} has not (line {line.index + 1}: {line.pair.First} / {line.pair.Second}). Look at the change, then write it "
                + $"with: CRM_UPDATE_DOCS=1 dotnet run --project Crm.Functions.Tests -- -class \"*{testClass}\"");
    }
}
