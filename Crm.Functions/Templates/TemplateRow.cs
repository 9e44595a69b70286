using System.Text.Json;
using Crm.Shared.Database;

namespace Crm.Functions.Templates;

/// <summary>What a change can touch.</summary>
internal record TemplateFields
{
    public required string Name { get; init; }
    public required string Type { get; init; }
    public string? Subject { get; init; }
    public required string Content { get; init; }
    public string? HtmlContent { get; init; }
    public string[] Variables { get; init; } = [];
    public string? Category { get; init; }
    public string[] Tags { get; init; } = [];
    public JsonElement Settings { get; init; }
    public required bool IsDefault { get; init; }
    public required bool IsActive { get; init; }
    public bool ContentIsMade { get; init; }
    public string[] GivenVariables { get; init; } = [];
    public DateTimeOffset? DeletedAt { get; init; }
}

/// <summary>A template as it is before a change, locked until the transaction ends, and as the change leaves it.</summary>
internal sealed record TemplateRow : TemplateFields
{
    public required Guid Id { get; init; }
    public required bool IsSystem { get; init; }
    public required long Usage { get; init; }
    public required int Version { get; init; }

    // System templates are nobody's: they are found, and refused as such.
    private const string LockSql = """
        select id, name, type, subject, content, html_content, content_is_made, given_variables, variables, category, tags, settings, is_default, is_active,
               is_system, usage, deleted_at, version
        from templates
        where organization_id = @OrganizationId
          and id = @Id
          and (@OwnerId::uuid is null or creator_id = @OwnerId or is_system)
        for no key update
        """;

    private const string UpdateSql = $"""
        with t as (
            update templates
            set name = @Name, type = @Type, subject = @Subject, content = @Content, html_content = @HtmlContent, content_is_made = @ContentIsMade,
                given_variables = @GivenVariables, variables = @Variables, category = @Category, tags = @Tags, settings = @Settings::jsonb,
                is_default = @IsDefault, is_active = @IsActive, deleted_at = @DeletedAt::timestamptz, updated_at = @Now, version = version + 1
            where organization_id = @OrganizationId
              and id = @Id
            returning *)
        select {TemplateDetail.DetailColumns}
        from t
        {Template.Joins}
        """;

    /// <summary>The template, locked, or why the caller may not change it.</summary>
    public static async Task<(TemplateRow? Row, Error? Fault)> Lock(DbTransaction tx, Guid id) =>
        await tx.Find<TemplateRow>(LockSql, new { Id = id }) switch
        {
            null => (null, await Access.Refusal(tx, Owned.Template, id, Errors.TemplateNotFound)),
            { IsSystem: true } => (null, Errors.SystemTemplate),
            var row => (row, null),
        };

    /// <summary>The template as a request wants it, its texts apart.</summary>
    public TemplateRow Patched(UpdateTemplate.Request request)
    {
        var type = request.Type.Or(Type).ToLowerInvariant();
        var isActive = request.IsActive.Or(IsActive);
        return this with
        {
            Name = request.Name.Or(Name).Trim(),
            Type = type,
            Category = Fields.Text(request.Category.Or(Category)),
            Tags = request.Tags.IsSet ? Fields.Labels(request.Tags.Value) : Tags,
            Settings = request.Settings.IsSet ? Fields.Json(request.Settings.Value) : Settings,
            IsActive = isActive,
            // Who changes the type, or puts it away, gives up the place.
            IsDefault = request.IsDefault.Or(IsDefault && type == Type && isActive),
            DeletedAt = isActive ? null : DeletedAt,
        };
    }

    /// <summary>The template with its texts as a request wants them, or what is wrong with those. The request's html is clean already.</summary>
    public (TemplateRow? Row, Error? Fault) Rewritten(UpdateTemplate.Request request, string? html)
    {
        if (!request.Subject.IsSet && !request.Content.IsSet && !request.HtmlContent.IsSet && !request.Variables.IsSet)
            return (this, null);
        html = request.HtmlContent.IsSet ? html : HtmlContent;
        var subject = Fields.Text(request.Subject.Or(Subject));
        // One that was made from the html is made anew, as long as there is html.
        var content = request.Content.IsSet ? request.Content.Value : ContentIsMade && html is not null ? null : Content;
        var (texts, fault) = TemplateTexts.Read(subject, content, html);
        if (fault is not null)
            return (null, fault);
        var given = request.Variables.IsSet ? Fields.Labels(request.Variables.Value) : GivenVariables;
        return (this with
        {
            Subject = subject,
            Content = texts!.ContentSource,
            ContentIsMade = texts.ContentIsMade,
            HtmlContent = html,
            GivenVariables = given,
            Variables = Fields.Labels([.. given, .. texts.Variables]),
        }, null);
    }

    public async Task<TemplateDetail> Save(DbTransaction tx) => (await tx.Find<TemplateDetail>(UpdateSql, new
    {
        Id,
        Name,
        Type,
        Subject,
        Content,
        HtmlContent,
        ContentIsMade,
        GivenVariables,
        Variables,
        Category,
        Tags,
        Settings = Settings.GetRawText(),
        IsDefault,
        IsActive,
        DeletedAt,
        tx.Now,
    }))!;
}
