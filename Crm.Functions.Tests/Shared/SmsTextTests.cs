using Crm.Shared;

namespace Crm.Functions.Tests.Shared;

public sealed class SmsTextTests
{
    [Theory]
    [InlineData("", 0, 1)]
    [InlineData("a", 160, 1)]
    [InlineData("a", 161, 2)]
    [InlineData("a", 306, 2)]
    [InlineData("a", 307, 3)]
    [InlineData("ä", 1530, 10)]
    [InlineData("ä", 1531, 11)]
    [InlineData("€", 80, 1)]
    [InlineData("€", 81, 2)]
    [InlineData("ж", 70, 1)]
    [InlineData("ж", 71, 2)]
    [InlineData("ж", 670, 10)]
    [InlineData("ж", 671, 11)]
    [InlineData("😀", 35, 1)]
    [InlineData("😀", 36, 2)]
    public void A_text_is_cut_into_as_many_segments_as_it_costs(string letter, int times, int segments) =>
        Assert.Equal(segments, SmsText.Segments(string.Concat(Enumerable.Repeat(letter, times))));
}
