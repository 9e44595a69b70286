namespace Crm.Functions.Tests.Fixture;

/// <summary>An app of its own for one class of tests, which may move its clock and break its providers. They run one after the other.</summary>
public sealed class OwnApp(TestServices services) : IAsyncLifetime
{
    private TestApp? _app;

    public TestApp App => _app!;

    public async ValueTask InitializeAsync() => _app = await services.StartApp();

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;
}
