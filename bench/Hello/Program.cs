// The floor of a cold start: what the runtime and ASP.NET Core need before anything of ours.
var builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(builder.Configuration.GetValue("FUNCTIONS_CUSTOMHANDLER_PORT", 7070)));
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
var app = builder.Build();
app.MapGet("/", () => "Hello");
app.Run();
