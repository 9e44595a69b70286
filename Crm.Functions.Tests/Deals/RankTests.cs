using Crm.Functions.Deals;

namespace Crm.Functions.Tests.Deals;

public sealed class RankTests
{
    [Theory]
    [InlineData(null, null, "a0")]
    [InlineData("a0", null, "a1")]
    [InlineData("az", null, "b00")]
    [InlineData(null, "a0", "Zz")]
    [InlineData(null, "Z0", "Yzz")]
    [InlineData("a0", "a1", "a0V")]
    [InlineData("a0", "a2", "a1")]
    [InlineData("a0V", "a1", "a0l")]
    [InlineData("a0", "a0V", "a0G")]
    [InlineData("a0", "a01", "a00V")]
    [InlineData("h00000001", "h00000002", "h00000001V")]
    public void A_place_between_two(string? before, string? after, string expected) => Assert.Equal(expected, Rank.Between(before, after));

    [Theory]
    [InlineData("a1", "a0")]
    [InlineData("a0", "a0")]
    public void There_is_no_place_between_the_wrong_way_round(string before, string after) =>
        Assert.Throws<ArgumentException>(() => Rank.Between(before, after));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void However_places_are_taken_each_lies_strictly_between_its_neighbours(int seed)
    {
        var random = new Random(seed);
        var column = new List<string>();
        for (var i = 0; i < 3000; i++)
        {
            var index = random.Next(column.Count + 1);
            var rank = Rank.Between(index == 0 ? null : column[index - 1], index == column.Count ? null : column[index]);
            Assert.True(index == 0 || string.CompareOrdinal(column[index - 1], rank) < 0, $"{rank} is not after its neighbour");
            Assert.True(index == column.Count || string.CompareOrdinal(rank, column[index]) < 0, $"{rank} is not before its neighbour");
            column.Insert(index, rank);
        }

        Assert.True(column.Max(rank => rank.Length) < 20);
    }

    [Fact]
    public void A_hundred_thousand_places_at_either_end_stay_short()
    {
        var (first, last) = ("a0", "a0");
        for (var i = 0; i < 100_000; i++)
        {
            var (before, after) = (Rank.Between(null, first), Rank.Between(last, null));
            Assert.True(string.CompareOrdinal(before, first) < 0 && string.CompareOrdinal(last, after) < 0);
            (first, last) = (before, after);
        }

        Assert.Equal(4, first.Length);
        Assert.Equal(4, last.Length);
    }

    [Fact]
    public void The_same_place_again_and_again_grows_by_a_letter_every_five_times()
    {
        var after = "a1";
        for (var i = 0; i < 500; i++)
            after = Rank.Between("a0", after);

        Assert.InRange(after.Length, 80, Rank.Longest);
    }
}
