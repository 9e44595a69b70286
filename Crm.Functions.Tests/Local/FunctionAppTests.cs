using Crm.Local.FunctionsHost;
using Crm.Local.Services;

namespace Crm.Functions.Tests.Local;

public sealed class FunctionAppTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crm-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Host_settings_and_triggers_are_read_from_the_folder()
    {
        File.Copy(Path.Combine(SourceTree.Root, "host.json"), Path.Combine(_folder, "host.json"));
        Add("SendMail", """{"type":"queueTrigger","direction":"in","name":"message","queueName":"mail"}""");
        Add("GetContact", """{"type":"httpTrigger","name":"req","route":"contacts/{id:guid}","methods":["get"]},{"type":"http","direction":"out","name":"res"}""");
        Add("Digest", """{"type":"timerTrigger","name":"timer","schedule":"0 0 3 * * *"}""");

        var app = FunctionApp.Read(_folder);

        Assert.StartsWith(Path.Combine(_folder, "Crm.Functions"), app.Executable, StringComparison.Ordinal);
        Assert.Equal("", app.RoutePrefix);
        Assert.Equal(5, app.QueueSettings.MaxDequeueCount);
        Assert.Equal(TimeSpan.FromSeconds(10), app.QueueSettings.VisibilityTimeout);
        Assert.Equal(("GetContact", "contacts/{id:guid}"), (Assert.Single(app.Http).Name, app.Http[0].Route));
        Assert.Equal(["get"], app.Http[0].Methods);
        Assert.Equal(new QueueFunction("SendMail", "message", "mail"), Assert.Single(app.Queues));
        Assert.Equal(new TimerFunction("Digest", "timer", "0 0 3 * * *", RunOnStartup: false, UseMonitor: true), Assert.Single(app.Timers));
    }

    [Fact]
    public void A_folder_without_a_built_app_is_told_apart_with_advice()
    {
        var error = Assert.Throws<StackException>(() => FunctionApp.Read(_folder));
        Assert.Contains("dotnet build Crm.Functions", error.Message, StringComparison.Ordinal);
    }

    private void Add(string name, string bindings)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name));
        File.WriteAllText(Path.Combine(folder.FullName, "function.json"), $$"""{"bindings":[{{bindings}}]}""");
    }
}
