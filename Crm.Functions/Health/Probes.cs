using Crm.Functions.Hosting;

namespace Crm.Functions.Health;

public static class Probes
{
    /// <param name="State">up.</param>
    /// <param name="Version">Which build answers: its commit, or its version where it was built outside version control.</param>
    public sealed record Alive(string State, string Version);

    /// <param name="State">ready.</param>
    public sealed record Status(string State);

    /// <summary>Answers while the process is up, and says which build it is.</summary>
    [Function("Health"), Tags("Health"), AllowAnonymous]
    public static Reply<Alive> Health([HttpTrigger(Anonymous, "get", Route = "health")] HttpRequest http) =>
        new Alive("up", AppBuild.Commit ?? AppBuild.Version);
}
