using System.Globalization;
using System.Net;
using Crm.Bench.Servers;

// What the figures through a Functions host are held against: Servers bare|proxy|pipeline PORT [TARGET]
var builder = WebApplication.CreateEmptyBuilder(new());
builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.Listen(IPAddress.Loopback, int.Parse(args[1], CultureInfo.InvariantCulture));
});
await using var app = args[0] switch
{
    "bare" => Bare.Build(builder),
    "proxy" => Proxy.Build(builder, args[2]),
    "pipeline" => Pipeline.Build(builder),
    _ => throw new ArgumentException($"There is no server {args[0]}.", nameof(args)),
};
await app.RunAsync();
