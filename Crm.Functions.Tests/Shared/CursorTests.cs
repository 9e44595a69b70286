using Crm.Functions.Requests;

namespace Crm.Functions.Tests.Shared;

public sealed class CursorTests
{
    [Fact]
    public void A_cursor_is_read_as_it_was_written()
    {
        var cursor = new Cursor(new DateTimeOffset(2026, 1, 31, 9, 30, 0, TimeSpan.Zero).AddTicks(1234567), Guid.CreateVersion7());
        Assert.Equal(cursor, Cursor.Read(cursor.ToString()));
        Assert.Matches("^[A-Za-z0-9_-]+$", cursor.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("!!!!")]
    [InlineData("ä")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("__________________________________")]
    [InlineData("________________________________")]
    public void Anything_else_is_refused(string text) => Assert.Equal("cursor", Assert.Throws<InvalidInputException>(() => Cursor.Read(text)).Field);

    [Fact]
    public void No_cursor_is_the_first_page() => Assert.Null(Cursor.Read(null));

    [Theory]
    [InlineData(new[] { "a,b", "c" }, new[] { "a", "b", "c" })]
    [InlineData(new[] { " a , ,b" }, new[] { "a", "b" })]
    [InlineData(new[] { "", "," }, null)]
    [InlineData(new string[0], null)]
    [InlineData(null, null)]
    public void A_list_is_repeated_or_separated_by_commas(string[]? given, string[]? items) => Assert.Equal(items, QueryList.Of(given));
}
