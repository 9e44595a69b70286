using System.Globalization;

namespace Crm.Functions.Admin;

/// <summary>A made-up contact of the demo organisation, the same for the same index.</summary>
internal sealed record DemoPerson(
    Guid Id, Guid OwnerId, string First, string Last, string Email, string Phone, string Company, string JobTitle, string Status, string Source, string Tags,
    DateTimeOffset CreatedAt, DemoPerson.Entry[] History)
{
    internal sealed record Entry(Guid Id, string Type, string Action, string Title, string? Text, DateTimeOffset At);

    private const int OldestDays = 170;

    private static readonly string[] Firsts =
        [
            "Amelia", "Noah", "Priya", "Liam", "Mei", "Diego", "Hannah", "Omar", "Ingrid", "Kofi", "Chloe", "Mateo", "Yuki",
            "Elena", "Jonas", "Fatima", "Lucas", "Zoe", "Arjun", "Nora", "Pavel", "Grace", "Tomas", "Leila", "Henry",
        ];

    private static readonly string[] Lasts =
        [
            "Carter", "Nguyen", "Patel", "Murphy", "Chen", "Alvarez", "Fischer", "Haddad", "Larsen", "Mensah",
            "Dubois", "Rossi", "Tanaka", "Petrova", "Weber", "Rahman", "Silva", "Bennett", "Iyer", "Olsen", "Novak",
            "Walker", "Kowalski", "Moradi", "Brooks", "Sato", "Okafor", "Jensen", "Moreau", "Costa", "Reid",
        ];

    private static readonly string[] Companies =
        [
            "Northwind", "Bluebird Bakery", "Harbor Dental", "Summit Legal", "Redwood Clinics", "Lakeside Hotels", "Atlas Freight",
            "Juniper Studio", "Cobalt Energy", "Maple & Sons", "Orchid Events", "Granite Builders", "Vertex Schools", "Pioneer Farms",
        ];

    private static readonly string[] Titles =
        ["Office manager", "Head of purchasing", "Owner", "Operations lead", "Finance director", "Team assistant", "Facilities manager"];
    private static readonly string[] Statuses = ["lead", "lead", "prospect", "prospect", "customer", "customer", "active", "inactive"];
    private static readonly string[] Sources = ["website", "referral", "trade fair", "newsletter", "cold call"];
    private static readonly string[] TagSets = ["", "newsletter", "newsletter,vip", "q4", "wholesale", "wholesale,newsletter", "trial"];

    private static readonly (string Type, string Title, string Text)[] Moments =
    [
        ("call", "Call", "Asked about delivery times for standing desks."),
        ("note", "Note", "Prefers e-mail in the morning; the assistant handles invoices."),
        ("meeting", "Meeting", "Showed the new catalogue. They want prices for forty chairs."),
        ("email", "E-mail", "Sent the price list and the terms for wholesale."),
        ("call", "Call", "No answer, left a message."),
        ("note", "Note", "Budget is decided at the end of the quarter."),
    ];

    public static DemoPerson Make(int index, Guid[] users, DateTimeOffset now)
    {
        var first = Firsts[index % Firsts.Length];
        var last = Lasts[(index * 7 + index / Firsts.Length) % Lasts.Length];
        var company = Companies[index * 5 % Companies.Length];
        var domain = string.Concat(company.ToLowerInvariant().Where(char.IsAsciiLetter));
        var createdAt = now.AddDays(-OldestDays + index * 0.8).AddMinutes(index * 37 % 600);
        var history = new List<Entry> { new(Demo.Entry(index + 1, 0), "update", "contact_created", "Contact created", null, createdAt) };
        for (var moment = 0; moment < index % 4; moment++)
        {
            var (type, title, text) = Moments[(index + moment) % Moments.Length];
            var at = createdAt.AddDays(1.5 + moment * 2).AddMinutes(index * 13 % 480);
            history.Add(new(Demo.Entry(index + 1, moment + 1), type, $"{type}_added", title, text, at < now ? at : now.AddMinutes(moment - 10)));
        }

        return new(
            Demo.Contact(index + 1), users[index % users.Length], first, last,
            string.Create(CultureInfo.InvariantCulture, $"{first}.{last}{(index >= 100 ? index : "")}@{domain}.example").ToLowerInvariant(),
            string.Create(CultureInfo.InvariantCulture, $"+1415555{index:0000}"),
            company, Titles[index % Titles.Length], Statuses[index % Statuses.Length], Sources[index * 3 % Sources.Length], TagSets[index % TagSets.Length],
            createdAt, [.. history]);
    }
}
