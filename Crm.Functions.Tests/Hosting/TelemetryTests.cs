using System.Text.RegularExpressions;
using Crm.Functions.Tests.Fixture;
using Crm.Local.Tracing;

namespace Crm.Functions.Tests.Hosting;

/// <summary>What a collector is told of a few use cases, and what nobody is told.</summary>
public sealed partial class TelemetryTests(TelemetryWalk walk) : IClassFixture<TelemetryWalk>
{
    [Fact]
    public void A_request_goes_on_with_its_clients_trace_and_its_statements_are_parts_of_its_function()
    {
        var spans = Of(walk.ContactTrace);
        var function = Assert.Single(spans, span => span.Name == "function CreateContact");

        Assert.Equal(
            ("POST", "/contacts", "201", walk.OrganizationId.ToString()),
            (function.Attributes["http.request.method"], function.Attributes["http.route"], function.Attributes["http.response.status_code"],
                function.Attributes["crm.organization_id"]));
        Assert.Contains(spans, span => span.ParentId == function.Id && span.Name.StartsWith("Contacts/CreateContact.cs:", StringComparison.Ordinal));
    }

    [Fact]
    public void A_statement_says_where_it_stands_and_what_it_is_but_not_with_which_values()
    {
        var statement = Of(walk.ContactTrace).First(
            span => span.Attributes.GetValueOrDefault("db.query.text")?.Contains("insert into contacts", StringComparison.Ordinal) == true);

        Assert.Equal("Contacts/CreateContact.cs", statement.Attributes["code.file.path"]);
        Assert.Equal(statement.Name, $"{statement.Attributes["code.file.path"]}:{statement.Attributes["code.line.number"]}");
        Assert.DoesNotContain(walk.OrganizationId.ToString(), string.Join(' ', statement.Attributes.Values), StringComparison.Ordinal);
        // Nearly all statements are ours: the others would be without a place.
        var unplaced = walk.Spans.Where(span => span.Source == "Npgsql" && !span.Attributes.ContainsKey("code.file.path")).Select(span => span.Name).Distinct();
        Assert.All(unplaced, name => Assert.StartsWith("CONNECT", name, StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_request_put_on_a_queue_is_a_part_of_its_trace_with_the_call_to_the_provider()
    {
        var spans = Of(walk.InvitationTrace);
        var invitation = Assert.Single(spans, span => span.Name == "function InviteUser");
        var letter = Assert.Single(spans, span => span.Name == "process SendEmail");
        var call = Assert.Single(spans, span => span.Name == "sendgrid Send");

        Assert.Equal(invitation.Id, letter.ParentId);
        Assert.Equal(letter.Id, call.ParentId);
        Assert.Equal("accepted", call.Attributes["crm.outcome"]);
        Assert.Contains(spans, span => span.Name == "send send-email" && span.ParentId == invitation.Id);
        Assert.Equal(walk.OrganizationId.ToString(), letter.Attributes["crm.organization_id"]);
    }

    [Fact]
    public void A_fault_in_the_log_says_of_which_request_and_organisation()
    {
        Assert.Contains("An unhandled exception has occurred", walk.Logs, StringComparison.Ordinal);
        Assert.Contains(walk.FailedRequest, walk.Logs, StringComparison.Ordinal);
        Assert.Contains("crm.organization_id", walk.Logs, StringComparison.Ordinal);
        var failed = Assert.Single(walk.Spans, span => span.Attributes.GetValueOrDefault("crm.request_id") == walk.FailedRequest);
        Assert.Equal("500", failed.Attributes["http.response.status_code"]);
    }

    [Fact]
    public void Metrics_are_of_providers_queues_the_ledger_requests_and_the_database()
    {
        string[] names = ["crm.provider.call.duration", "crm.queue.lag", "crm.send_ledger.calls", "http.server.request.duration", "db.client.connection.count"];
        Assert.All(names, name => Assert.Contains(name, walk.Metrics, StringComparison.Ordinal));
        Assert.All(["sendgrid", "twilio", "SendMessage", "claimed"], value => Assert.Contains(value, walk.Metrics, StringComparison.Ordinal));
    }

    [Fact]
    public void Nobody_is_told_of_an_address_a_number_a_name_a_text_a_password_or_a_token()
    {
        var all = walk.All;
        Assert.All(walk.Secrets, secret => Assert.DoesNotContain(secret, all, StringComparison.OrdinalIgnoreCase));
        Assert.Empty(Address().Matches(all).Select(match => match.Value));
        Assert.Empty(Number().Matches(all).Select(match => match.Value));
    }

    // The alerts on queues read lines that the host passes on, and it passes on none that it cannot place.
    [Fact]
    public void The_host_still_knows_the_invocation_of_what_is_logged_in_one()
    {
        var line = walk.HostLog.Split('\n').First(line => line.Contains("Queue send-email-poison holds 1 message(s)", StringComparison.Ordinal));
        Assert.DoesNotContain("(no invocation)", line, StringComparison.Ordinal);
    }

    private List<FinishedSpan> Of(string trace) => [.. walk.Spans.Where(span => span.TraceId == trace)];

    [GeneratedRegex(@"[\w.-]+@[\w-]+\.[a-z]{2,}", RegexOptions.None, 10_000)]
    private static partial Regex Address();

    [GeneratedRegex(@"\+[1-9]\d{7,14}\b", RegexOptions.None, 10_000)]
    private static partial Regex Number();
}
