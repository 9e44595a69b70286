using Crm.Shared;

namespace Crm.Functions.Tests.Shared;

public sealed class PersonNameTests
{
    [Theory]
    [InlineData("Ann Smith", null, null, "Ann", "Smith")]
    [InlineData("Mary Ann Smith", null, null, "Mary Ann", "Smith")]
    [InlineData("  Ann   Smith ", null, null, "Ann", "Smith")]
    [InlineData("Ann\tSmith", null, null, "Ann", "Smith")]
    [InlineData("Ann\u00a0Smith", null, null, "Ann", "Smith")]
    [InlineData("Cher", null, null, "Cher", null)]
    [InlineData("Ann Smith", "Bob", null, "Bob", null)]
    [InlineData("Ann Smith", " ", "Jones", null, "Jones")]
    [InlineData("Ann Smith", " ", "", "Ann", "Smith")]
    [InlineData(" ", null, null, null, null)]
    [InlineData(null, null, null, null, null)]
    public void A_full_name_is_split_at_its_last_space(string? name, string? first, string? last, string? expectedFirst, string? expectedLast) =>
        Assert.Equal((expectedFirst, expectedLast), PersonName.From(name, first, last));
}
