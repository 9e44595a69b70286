using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Twilio.Clients;
using Twilio.Http;
using Twilio.Rest.Api.V2010.Account;
using HttpClient = System.Net.Http.HttpClient;

namespace Crm.Functions.Tests.Local;

public sealed class TwilioSimulatorTests : SimulatorTest
{
    private const string Callback = "http://crm.test/webhooks/twilio/status?organizationId=o1&deliveryId=d1";

    [Fact]
    public async Task The_vendors_own_client_sends_and_fetches_a_message()
    {
        using var http = new HttpClient(new ToSimulator(Simulator.BaseUrl));
        var client = new TwilioRestClient(Simulator.App.AccountSid, Simulator.App.AuthToken, httpClient: new SystemNetHttpClient(http));
        var sent = await MessageResource.CreateAsync(
            new("+14155550100"), from: new("+15005550006"), body: "Hello & welcome €", statusCallback: new(Callback), client: client);

        Assert.Matches("^SM[0-9a-f]{32}$", sent.Sid);
        Assert.Equal((MessageResource.StatusEnum.Queued, "1", "Hello & welcome €"), (sent.Status, sent.NumSegments, sent.Body));
        Assert.Equal(sent.Sid, (await MessageResource.FetchAsync(sent.Sid, client: client)).Sid);
        var message = Assert.Single(Simulator.Mailbox.Messages("+14155550100", "sms"));
        Assert.Equal((sent.Sid, "+15005550006", "d1"), (message.Id, message.From, message.CustomArgs["delivery_id"]));
        Assert.Equal(1, Simulator.Ledger.Deliveries("o1")["d1"]);
    }

    [Theory]
    [InlineData("hello", 1)]
    [InlineData("160", 1)]
    [InlineData("161", 2)]
    [InlineData("€80", 1)]
    [InlineData("€81", 2)]
    [InlineData("ж70", 1)]
    [InlineData("ж71", 2)]
    public async Task Segments_are_counted_by_the_alphabet(string text, int segments)
    {
        var body = int.TryParse(text.TrimStart('€', 'ж'), out var count) ? new string(text[0] is '€' or 'ж' ? text[0] : 'x', count) : text;
        var answer = await Create(201, ("To", "+14155550100"), ("From", "+15005550006"), ("Body", body));
        Assert.Equal($"{segments}", (string)answer["num_segments"]!);
    }

    public static TheoryData<int, string?[]> Mistakes => new()
    {
        { 21604, ["To", null] },
        { 21211, ["To", "4155550100"] },
        { 21211, ["To", " 14155550100"] },
        { 21603, ["From", null] },
        { 21212, ["From", " 15005550006"] },
        { 21619, ["Body", null] },
        { 21617, ["Body", new string('x', 1_601)] },
        { 21609, ["StatusCallback", "nowhere"] },
        { 20001, ["Colour", "red"] },
        { 20001, ["SmartEncoded", "maybe"] },
        { 20001, ["MessagingServiceSid", "MG1"] },
    };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public async Task A_malformed_message_is_refused_as_the_vendor_refuses(int code, string?[] change)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal) { ["To"] = "+14155550100", ["From"] = "+15005550006", ["Body"] = "Hi" };
        if (change[1] is { } value)
            form[change[0]!] = value;
        else
            form.Remove(change[0]!);
        var error = await Create(400, [.. form.Select(field => (field.Key, field.Value))]);

        Assert.Equal((code, 400), ((int)error["code"]!, (int)error["status"]!));
        Assert.Equal($"https://www.twilio.com/docs/errors/{code}", (string)error["more_info"]!);
        Assert.NotEmpty((string)error["message"]!);
        Assert.Empty(Simulator.Mailbox.Messages());
    }

    [Fact]
    public async Task Who_is_not_the_account_is_told_to_authenticate()
    {
        var form = ("To", "+14155550100");
        Assert.Equal(20003, (int)(await Create(401, Simulator.App.AccountSid, "wrong", form))["code"]!);
        Assert.Equal(20404, (int)(await Create(404, $"AC{new string('0', 32)}", null, form))["code"]!);
    }

    [Fact]
    public async Task A_messaging_service_chooses_the_sender_later()
    {
        var answer = await Create(201, ("To", "+14155550100"), ("MessagingServiceSid", $"MG{new string('a', 32)}"), ("Body", "Hi"));
        Assert.Equal(("accepted", "0", null), ((string)answer["status"]!, (string)answer["num_segments"]!, (string?)answer["from"]));
    }

    [Theory]
    [InlineData("+14155550100", "sent delivered", null)]
    [InlineData("+14155550001", "sent undelivered", "30003")]
    [InlineData("+14155550002", "failed", "30008")]
    public async Task The_app_is_told_what_became_of_it_signed_for_the_address_that_it_gave(string to, string statuses, string? error)
    {
        Simulator.App.ConfirmsDeliveries = true;
        App.Answers = calls => calls == 0 ? 503 : 204;
        var sid = (string)(await Create(201, ("To", to), ("From", "+15005550006"), ("Body", "Hi"), ("StatusCallback", Callback)))["sid"]!;
        while (Simulator.PendingCallbacks > 0)
            await Task.Delay(10, Ct);

        Assert.All(App.Calls, call => Assert.Equal("/webhooks/twilio/status?organizationId=o1&deliveryId=d1", call.Path));
        // The first was refused and came again later.
        var forms = App.Calls.Select(call => call.Form(Simulator.App.AuthToken)).ToArray();
        Assert.Equal(statuses.Split(' ').Order(StringComparer.Ordinal), forms.Skip(1).Select(form => form["MessageStatus"]).Order(StringComparer.Ordinal));
        Assert.All(forms, form => Assert.Equal((sid, to, Simulator.App.AccountSid), (form["MessageSid"], form["To"], form["AccountSid"])));
        Assert.Equal(error, forms.Select(form => form.GetValueOrDefault("ErrorCode")).FirstOrDefault(code => code is not null));
    }

    [Fact]
    public async Task Who_texted_STOP_gets_nothing_until_they_text_START()
    {
        (string, string)[] message = [("To", "+14155550100"), ("From", "+15005550006"), ("Body", "Hi")];
        await Simulate("sms", new { from = "+14155550100", body = " stop " });
        Assert.Equal(21610, (int)(await Create(400, message))["code"]!);
        await Create(201, ("To", "+14155550101"), ("From", "+15005550006"), ("Body", "Hi"));

        await Simulate("sms", new { from = "+14155550100", body = "Start" });
        await Create(201, message);
    }

    [Fact]
    public async Task Faults_are_the_vendors_own()
    {
        (string, string)[] message = [("To", "+14155550100"), ("From", "+15005550006"), ("Body", "Hi")];
        await Simulate("fault", new { provider = "twilio", status = 429, count = 1 });
        Assert.Equal(20429, (int)(await Create(429, message))["code"]!);
        await Simulate("fault", new { provider = "twilio", answerLost = true, count = 1 });
        await Assert.ThrowsAsync<HttpRequestException>(() => Create(201, message));
        Assert.Single(Simulator.Mailbox.Messages());
        await Create(201, message);
    }

    private Task<JsonObject> Create(int expected, params (string Name, string Value)[] form) => Create(expected, Simulator.App.AccountSid, null, form);

    private async Task<JsonObject> Create(int expected, string account, string? token, params (string Name, string Value)[] form)
    {
        using var request = new HttpRequestMessage(System.Net.Http.HttpMethod.Post, $"/2010-04-01/Accounts/{account}/Messages.json")
        {
            Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))),
        };
        var credentials = $"{Simulator.App.AccountSid}:{token ?? Simulator.App.AuthToken}";
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
        using var response = await Client.SendAsync(request, Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);
        Assert.True(response.StatusCode == (HttpStatusCode)expected, $"expected {expected}, got {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    private sealed class ToSimulator(Uri address) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new Uri(address, request.RequestUri!.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
