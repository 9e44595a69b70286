using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Crm.Shared.Database;

namespace Crm.Functions.Email;

public static class OutgoingEmail
{
    // The rows are jsonb, which keeps no order of keys: the letter's kind need not come first.
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        AllowOutOfOrderMetadataProperties = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameKinds } },
    };

    private const string InsertSql = """
        insert into emails (organization_id, id, kind, recipient, data, due_at, created_at)
        values (@OrganizationId, @Id, @Kind, @Recipient, @Data::jsonb, @Now, @Now)
        """;

    private const string InsertAllSql = """
        insert into emails (organization_id, id, kind, recipient, data, due_at, created_at)
        select organization_id, id, kind, recipient, data::jsonb, @Now, @Now
        from unnest(@Organizations, @Ids, @Kinds, @Recipients, @Data) as e (organization_id, id, kind, recipient, data)
        """;

    /// <summary>Sends letters to many, perhaps of several organisations, if and only if the transaction commits.</summary>
    public static async Task SendEmails(this DbTransaction tx, IReadOnlyCollection<(Guid OrganizationId, string Recipient, Letter Letter)> mails)
    {
        var messages = mails.Select(mail => (mail.OrganizationId, new SendEmail.Message(mail.OrganizationId, Guid.CreateVersion7(tx.Now)))).ToArray();
        await tx.Execute(InsertAllSql, new
        {
            Organizations = mails.Select(mail => mail.OrganizationId).ToArray(),
            Ids = messages.Select(message => message.Item2.EmailId).ToArray(),
            Kinds = mails.Select(mail => Kind(mail.Letter)).ToArray(),
            Recipients = mails.Select(mail => mail.Recipient).ToArray(),
            Data = mails.Select(mail => JsonSerializer.Serialize(mail.Letter, Json)).ToArray(),
            tx.Now,
        });
        await tx.SendAll(Queues.SendEmail, messages);
    }

    private static string Kind(Letter letter) => letter.GetType().Name.Replace("Letter", "", StringComparison.Ordinal);

    /// <summary>Sends a letter if and only if the transaction commits.</summary>
    public static async Task SendEmail(this DbTransaction tx, string recipient, Letter letter)
    {
        var id = Guid.CreateVersion7(tx.Now);
        await tx.Execute(InsertSql, new
        {
            Id = id,
            Kind = Kind(letter),
            Recipient = recipient,
            Data = JsonSerializer.Serialize(letter, Json),
            tx.Now,
        });
        await tx.Send(Queues.SendEmail, new SendEmail.Message(tx.Scope.OrganizationId, id));
    }

    // Each letter stands beside its use case; in the database it is called by its own name (InvitationAcceptedLetter: invitation_accepted).
    private static void NameKinds(JsonTypeInfo type)
    {
        if (type.Type != typeof(Letter))
            return;
        type.PolymorphismOptions = new();
        foreach (var letter in typeof(Letter).Assembly.GetTypes().Where(letter => letter.IsSubclassOf(typeof(Letter))))
            type.PolymorphismOptions.DerivedTypes.Add(
                new(letter, JsonNamingPolicy.SnakeCaseLower.ConvertName(letter.Name.Replace("Letter", "", StringComparison.Ordinal))));
    }
}
