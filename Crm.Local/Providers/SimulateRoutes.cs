using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Crm.Local.Providers.Mail;
using Crm.Local.Providers.Sms;
using Crm.Local.Providers.Stripe;

namespace Crm.Local.Providers;

/// <summary>
/// The switches that make life: mails and texts to the app, what becomes of its own, faults, and what was accepted. A call of the app that fails is a 502.
/// </summary>
internal sealed partial class SimulateRoutes(
    AppLink app, Faults faults, Ledger ledger, SimulatedEvents events, InboundMail mails, InboundSms texts, SimulatedPayments payments)
{
    private static readonly TimeSpan LongestStep = TimeSpan.FromHours(1);

    public void Map(IEndpointRouteBuilder routes)
    {
        var simulate = routes.MapGroup("/simulate").AddEndpointFilter(Explain);
        simulate.MapPost("/email", Email);
        simulate.MapPost("/sms", Sms);
        simulate.MapPost("/event", (EventRequest request, CancellationToken ct) => events.Happen(request, ct));
        payments.Map(simulate);
        simulate.MapPost("/callbacks", Callbacks);
        simulate.MapPost("/fault", SetFault);
        simulate.MapDelete("/fault", faults.Clear);
        simulate.MapGet("/ledger", ([AsParameters] LedgerFilter filter) => ledger.Figures(filter));
    }

    private async Task<IResult> Email(WrittenMail mail, CancellationToken ct)
    {
        if (mail.Text is null && mail.Html is null)
            return Results.BadRequest(new { error = "text is required." });
        var (messageId, status) = await mails.Write(mail, ct);
        return Answer(new { messageId, status }, status);
    }

    private async Task<IResult> Sms(WrittenText text, CancellationToken ct)
    {
        if (!Number().IsMatch(text.From ?? "") || text.Body is null || !Number().IsMatch(text.To ?? app.SmsNumber))
            return Results.BadRequest(new { error = "from, and to unless it is the app's own number, must be a number like +14155550100; body is required." });
        var (messageSid, status) = await texts.Write(text.From!, text.To ?? app.SmsNumber, text.Body, ct);
        return Answer(new { messageSid, status }, status);
    }

    /// <summary>Whether accepted messages are confirmed by themselves, and how fast.</summary>
    private IResult Callbacks(CallbackSwitch change)
    {
        if (change.StepMs is { } ms && (ms < 0 || ms > LongestStep.TotalMilliseconds))
            return Results.BadRequest(new { error = "stepMs must be a number of milliseconds up to an hour." });
        app.ConfirmsDeliveries = change.Automatic ?? app.ConfirmsDeliveries;
        app.StepDelay = change.StepMs is { } step ? TimeSpan.FromMilliseconds(step) : app.StepDelay;
        return Results.Ok(new { automatic = app.ConfirmsDeliveries, stepMs = (long)app.StepDelay.TotalMilliseconds });
    }

    private IResult SetFault(Fault fault)
    {
        var errors = new List<ValidationResult>();
        if (!Validator.TryValidateObject(fault, new ValidationContext(fault), errors, validateAllProperties: true))
            return Results.BadRequest(new { error = string.Join(" ", errors.Select(e => e.ErrorMessage)) });

        faults.Set(fault);
        return Results.Ok(fault);
    }

    private static IResult Answer(object answer, int status) =>
        Results.Json(answer, statusCode: status < StatusCodes.Status400BadRequest ? StatusCodes.Status200OK : StatusCodes.Status502BadGateway);

    /// <summary>What cannot be done is said in words.</summary>
    private static async ValueTask<object?> Explain(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (FormatException error)
        {
            return Results.BadRequest(new { error = error.Message });
        }
        catch (Exception error) when (Calls.IsOutage(error))
        {
            return Results.Json(new { error = $"The app did not answer: {error.Message}" }, statusCode: StatusCodes.Status502BadGateway);
        }
    }

    [GeneratedRegex("^\\+[1-9][0-9]{4,14}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Number();

    private sealed record WrittenText(string? From, string? To, string? Body);

    private sealed record CallbackSwitch(bool? Automatic, double? StepMs);
}
