using Crm.Shared;

namespace Crm.Functions.Tests.Shared;

public sealed class PhoneNumberTests
{
    [Theory]
    [InlineData("(415) 555-0132", "1", "+14155550132")]
    [InlineData("415.555.0132", "1", "+14155550132")]
    [InlineData("1 415 555 0132", "1", "+14155550132")]
    [InlineData("+1 (415) 555-0132", "49", "+14155550132")]
    [InlineData("(+49) 30 1234567", "1", "+49301234567")]
    [InlineData("0049 30 1234567", "1", "+49301234567")]
    [InlineData("030/1234567", "49", "+49301234567")]
    [InlineData("+49 (0)30 1234567", "1", "+49301234567")]
    [InlineData("+44 (0) 20 7946 0018", "1", "+442079460018")]
    [InlineData("0\u00a030 1234567", "49", "+49301234567")]
    [InlineData("+39 06 1234567", "1", "+39061234567")]
    [InlineData("+123456789012345", "1", "+123456789012345")]
    public void Common_spellings_become_E164(string written, string callingCode, string number) => Assert.Equal(number, PhoneNumber.Normalize(written, callingCode));

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("123")]
    [InlineData("call me")]
    [InlineData("415-555-0132 ext. 5")]
    [InlineData("+0301234567")]
    [InlineData("+1234567890123456")]
    [InlineData("415+5550132")]
    [InlineData("++14155550132")]
    [InlineData("４１５５５５０１３２")]
    public void Anything_else_is_none(string written) => Assert.Null(PhoneNumber.Normalize(written, "1"));

    [Theory]
    [InlineData("(415) 555", "415555")]
    [InlineData("030 1234567", "301234567")]
    [InlineData("+14155550132", "14155550132")]
    [InlineData("4155550132", null)]
    [InlineData("50/50", null)]
    [InlineData("ann 415 555", null)]
    [InlineData("", null)]
    public void A_search_looks_like_a_written_number_or_not(string text, string? digits) => Assert.Equal(digits, PhoneNumber.Digits(text));
}
