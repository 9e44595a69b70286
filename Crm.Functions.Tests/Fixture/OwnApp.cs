namespace Crm.Functions.Tests.Fixture;

/// <summary>An app of its own for one class of tests, which may move its clock and break its providers. They run one after the other.</summary>
public sealed class OwnApp(TestServices services) : IAsyncLifetime
{
    private TestApp? app;

    public TestApp App => app!;

    public async ValueTask InitializeAsync() => app = await services.StartApp();

    public ValueTask DisposeAsync() => app?.DisposeAsync() ?? ValueTask.CompletedTask;
}
