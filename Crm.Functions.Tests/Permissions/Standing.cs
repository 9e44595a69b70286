namespace Crm.Functions.Tests.Permissions;

/// <summary>Whose a record is for the caller.</summary>
internal enum Whose
{
    Own,
    Colleagues,

    /// <summary>A colleague's words: nobody else may touch them, whatever else they may do.</summary>
    SomebodysWords,
    OtherOrganizations,
    Nobodys,
}

/// <summary>The one table from which it follows who may do something with a record: whose it is in which state.</summary>
internal static class Standing
{
    /// <summary>A state, and whose a record is in it; the first row that fits a kind decides.</summary>
    private static readonly (State State, Kind[] Kinds, Whose Whose)[] States =
    [
        (State.Own, Enum.GetValues<Kind>(), Whose.Own),
        (State.Colleagues, [Kind.Entry], Whose.SomebodysWords),
        // Until it was sent nobody else knows of it.
        (State.Colleagues, [Kind.Attachment], Whose.Nobodys),
        (State.Colleagues,
            [Kind.Contact, Kind.Deal, Kind.Task, Kind.Import, Kind.Template, Kind.Invitation, Kind.Member, Kind.Campaign, Kind.Recipient], Whose.Colleagues),
        (State.Colleagues, [Kind.Invoice, Kind.Payment, Kind.Export], Whose.Colleagues),
        (State.Colleagues, [Kind.Conversation, Kind.Message, Kind.WaitingMessage, Kind.CannedReply, Kind.Notification], Whose.Colleagues),
        (State.OtherOrganizations, Enum.GetValues<Kind>(), Whose.OtherOrganizations),
        // Inactive, but readable and restored with a PATCH.
        (State.Deleted, [Kind.Contact, Kind.Template], Whose.Own),
        (State.Deleted,
            [
                Kind.Entry, Kind.Deal, Kind.Task, Kind.Product, Kind.Pipeline, Kind.Stage, Kind.Invitation, Kind.Campaign, Kind.Recipient, Kind.Suppression,
                Kind.WaitingMessage, Kind.CannedReply, Kind.Invoice, Kind.WebhookEndpoint,
            ],
            Whose.Nobodys),
        (State.HandedOver, [Kind.Contact, Kind.Entry, Kind.Deal, Kind.Task, Kind.Conversation, Kind.Message, Kind.WaitingMessage], Whose.Colleagues),
        (State.Left, [Kind.Contact, Kind.Entry, Kind.Deal, Kind.Task, Kind.Campaign, Kind.Recipient], Whose.Colleagues),
        (State.Left, [Kind.Invoice, Kind.Conversation, Kind.Message, Kind.WaitingMessage], Whose.Colleagues),
        // Whose it was at the beginning.
        (State.Left, [Kind.Import, Kind.Export, Kind.Template, Kind.CannedReply], Whose.Own),
        (State.Received, [Kind.Entry], Whose.SomebodysWords),
        (State.Received, [Kind.Contact, Kind.Deal, Kind.Task, Kind.Conversation, Kind.Message, Kind.WaitingMessage], Whose.Own),
        (State.Inherited, [Kind.Entry], Whose.SomebodysWords),
        (State.Inherited, [Kind.Import, Kind.Export, Kind.Template, Kind.CannedReply], Whose.Colleagues),
        (State.Inherited, [Kind.Contact, Kind.Deal, Kind.Task, Kind.Campaign, Kind.Recipient], Whose.Own),
        (State.Inherited, [Kind.Invoice, Kind.Conversation, Kind.Message, Kind.WaitingMessage], Whose.Own),
        (State.Inherited, [Kind.Member], Whose.Colleagues),
        (State.OwnerDeactivated, [Kind.Entry], Whose.SomebodysWords),
        (State.OwnerDeactivated,
            [Kind.Contact, Kind.Deal, Kind.Task, Kind.Import, Kind.Template, Kind.Member, Kind.Campaign, Kind.Recipient], Whose.Colleagues),
        (State.OwnerDeactivated, [Kind.Invoice, Kind.Export, Kind.Conversation, Kind.Message, Kind.WaitingMessage, Kind.CannedReply], Whose.Colleagues),
        (State.OwnerRemoved, [Kind.Entry], Whose.SomebodysWords),
        (State.OwnerRemoved,
            [Kind.Contact, Kind.Deal, Kind.Task, Kind.Import, Kind.Template, Kind.Member, Kind.Campaign, Kind.Recipient], Whose.Colleagues),
        (State.OwnerRemoved, [Kind.Invoice, Kind.Export, Kind.Conversation, Kind.Message, Kind.WaitingMessage, Kind.CannedReply], Whose.Colleagues),
        (State.MergedIntoOwn, [Kind.Invoice], Whose.Own),
        (State.MergedIntoOwn, [Kind.Contact, Kind.Entry, Kind.Deal, Kind.Task, Kind.Conversation, Kind.Message, Kind.WaitingMessage], Whose.Own),
        (State.MergedIntoColleagues, [Kind.Contact, Kind.Entry, Kind.Conversation, Kind.Message, Kind.WaitingMessage], Whose.Colleagues),
        (State.MergedIntoColleagues, [Kind.Deal, Kind.Task, Kind.Invoice], Whose.Own),
        (State.MergedTwiceIntoOwn, [Kind.Invoice], Whose.Own),
        (State.MergedTwiceIntoOwn, [Kind.Contact, Kind.Entry, Kind.Deal, Kind.Task, Kind.Conversation, Kind.Message, Kind.WaitingMessage], Whose.Own),
        (State.MergedTwiceIntoColleagues, [Kind.Contact, Kind.Entry, Kind.Conversation, Kind.Message, Kind.WaitingMessage], Whose.Colleagues),
        (State.MergedTwiceIntoColleagues, [Kind.Deal, Kind.Task, Kind.Invoice], Whose.Own),
        (State.ColleaguesMergedIntoOwn, [Kind.Entry], Whose.SomebodysWords),
        (State.ColleaguesMergedIntoOwn, [Kind.Contact, Kind.Conversation, Kind.Message, Kind.WaitingMessage], Whose.Own),
        (State.ColleaguesMergedIntoOwn, [Kind.Deal, Kind.Task, Kind.Invoice], Whose.Colleagues),
    ];

    /// <summary>What an id is the id of, by the segment before it; and the one route that takes two kinds.</summary>
    private static readonly Dictionary<string, Kind[]> Kinds = new(StringComparer.Ordinal)
    {
        ["contacts"] = [Kind.Contact],
        ["timeline"] = [Kind.Entry],
        ["import"] = [Kind.Import],
        ["deals"] = [Kind.Deal],
        ["tasks"] = [Kind.Task],
        ["products"] = [Kind.Product],
        ["templates"] = [Kind.Template],
        ["suppressions"] = [Kind.Suppression],
        ["events"] = [Kind.ParkedEvent],
        ["webhook-endpoints"] = [Kind.WebhookEndpoint],
        ["campaigns"] = [Kind.Campaign],
        ["recipients"] = [Kind.Recipient],
        ["conversations"] = [Kind.Conversation],
        ["messages"] = [Kind.Message],
        ["CancelMessage"] = [Kind.WaitingMessage],
        ["canned-replies"] = [Kind.CannedReply],
        ["notifications"] = [Kind.Notification],
        ["team"] = [Kind.Member],
        ["user"] = [Kind.Member],
        ["contact"] = [Kind.Contact],
        ["invitations"] = [Kind.Invitation],
        ["pipelines"] = [Kind.Pipeline],
        ["invoices"] = [Kind.Invoice],
        ["payments"] = [Kind.Payment],
        ["export"] = [Kind.Export],
        ["MoveDealInPipeline"] = [Kind.Pipeline, Kind.Deal],
    };

    /// <summary>The states a record of this kind can have.</summary>
    public static (State State, Whose Whose)[] Of(Kind kind) =>
        [.. States.Where(row => row.Kinds.Contains(kind)).DistinctBy(row => row.State).Select(row => (row.State, row.Whose))];

    /// <summary>What a route's last id may be the id of; none where it has no id.</summary>
    public static IEnumerable<Kind> KindsOf(RouteEndpoint endpoint)
    {
        if (endpoint.RoutePattern.Parameters is not [.., { IsCatchAll: false, Name: not ("token" or "secret") } parameter])
            return [];
        var segments = RouteCalls.Pattern(endpoint).Split('/');
        var before = segments[Array.FindLastIndex(segments, segment => segment.StartsWith('{')) - 1];
        Assert.True(
            Kinds.TryGetValue(RouteCalls.Name(endpoint), out var kinds) || Kinds.TryGetValue(before, out kinds),
            $"{RouteCalls.Pattern(endpoint)}: add what {parameter.Name} is the id of to {nameof(Kinds)}, and how one is made to {nameof(RecordWorld)}.");
        return kinds;
    }
}
