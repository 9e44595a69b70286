using System.Text.Json.Nodes;
using Crm.Local.Providers;

namespace Crm.Functions.Tests.Local;

/// <summary>A simulator of its own for each test, and a client to it.</summary>
public abstract class SimulatorTest : IAsyncLifetime
{
    protected ProviderSimulator Simulator { get; private set; } = null!;

    protected HttpClient Client { get; private set; } = null!;

    /// <summary>What the simulator takes for the app.</summary>
    protected StandInApp App { get; private set; } = null!;

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Simulator = await ProviderSimulator.Start(ct: Ct);
        Client = new HttpClient { BaseAddress = Simulator.BaseUrl };
        App = await StandInApp.Start(Simulator);
        Simulator.App.StepDelay = TimeSpan.FromMilliseconds(1);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Simulator.DisposeAsync();
        await App.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A mail to three: Ann has a personalization of her own, Bo and Cy share one.</summary>
    protected static JsonObject Mail() => JsonNode.Parse("""
        {
          "from": { "email": "no-reply@crm.test", "name": "Crm" },
          "reply_to": { "email": "reply+1@crm.test" },
          "subject": "Hello -name-",
          "content": [
            { "type": "text/plain", "value": "Dear -name-, -name2-" },
            { "type": "text/html", "value": "<p>Dear -name-</p>" }
          ],
          "headers": { "List-Unsubscribe": "<https://crm.test/u/0>" },
          "custom_args": { "campaign": "c1", "recipient": "none" },
          "personalizations": [
            {
              "to": [{ "email": "ann@a.test" }],
              "substitutions": { "-name-": "Ann" },
              "headers": { "List-Unsubscribe": "<https://crm.test/u/1>" },
              "custom_args": { "recipient": "r1" }
            },
            { "to": [{ "email": "bo@b.test", "name": "Bo" }, { "email": "cy@b.test" }], "subject": "Other subject" }
          ]
        }
        """)!.AsObject();

    /// <summary>A mail with a personalization for each address, whose custom argument delivery_id is <c>d-</c> and the address.</summary>
    protected static JsonObject MailTo(params IEnumerable<string> addresses)
    {
        var mail = Mail();
        mail["custom_args"] = new JsonObject { ["organization_id"] = "o1" };
        mail["personalizations"] = new JsonArray(
        [
            .. addresses.Select(address => new JsonObject
            {
                ["to"] = new JsonArray(new JsonObject { ["email"] = address }),
                ["substitutions"] = new JsonObject { ["-name-"] = address.Split('@')[0] },
                ["custom_args"] = new JsonObject { ["delivery_id"] = $"d-{address}" },
            }),
        ]);
        return mail;
    }

    protected async Task<HttpResponseMessage> Send(JsonObject mail, CancellationToken? ct = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v3/mail/send") { Content = JsonContent.Create(mail) };
        request.Headers.Add("Authorization", "Bearer SG.local");
        return await Client.SendAsync(request, ct ?? Ct);
    }

    /// <summary>Posts to the simulator's own routes; fails unless it answers so.</summary>
    protected async Task<JsonObject> Simulate(string route, object body, int expected = 200)
    {
        using var response = await Client.PostAsJsonAsync($"/simulate/{route}", body, Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);
        Assert.True((int)response.StatusCode == expected, $"/simulate/{route}: expected {expected}, got {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!.AsObject();
    }
}
