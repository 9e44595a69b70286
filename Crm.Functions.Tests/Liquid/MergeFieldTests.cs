using Crm.Shared.Liquid;

namespace Crm.Functions.Tests.Liquid;

public sealed class MergeFieldTests
{
    [Fact]
    public void No_name_means_two_things()
    {
        var names = MergeFields.All.SelectMany(field => field.Aliases.Append(field.Name).Select(name => (Name: name.ToLowerInvariant(), Field: field.Name)));

        Assert.DoesNotContain(names.Distinct().GroupBy(pair => pair.Name.Replace("_", "", StringComparison.Ordinal)),
            group => group.Select(pair => pair.Field).Distinct(StringComparer.Ordinal).Count() > 1);
    }

    [Fact]
    public void Every_alias_leads_to_its_field() =>
        Assert.All(MergeFields.All, field => Assert.All(field.Aliases.Append(field.Name), name => Assert.Equal(field.Name, MergeFields.Find(name))));

    [Theory]
    [InlineData("contactFirstName,contactLastName,contactName,contactEmail,contactCompany,invoiceNumber,invoiceTotal,amountPaid,amountDue,currency")]
    [InlineData("issueDateFormatted,dueDateFormatted,organizationName,organizationPhone,organizationAddress,customMessage,paymentLink,notes,terms,senderName")]
    [InlineData("first_name,last_name,full_name,email,phone,company,job_title,company_name,contact_company,sender_name,unsubscribe_url,custom.plan")]
    public void The_names_of_the_guide_are_known(string names) => Assert.All(names.Split(','), name => Assert.NotNull(MergeFields.Find(name)));

    [Theory]
    [InlineData("frist_name")]
    [InlineData("custom.")]
    [InlineData("custom")]
    [InlineData("contact")]
    [InlineData("")]
    public void Other_names_are_not(string name) => Assert.Null(MergeFields.Find(name));
}
