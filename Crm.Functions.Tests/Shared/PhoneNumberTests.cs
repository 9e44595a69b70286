using Crm.Shared;

namespace Crm.Functions.Tests.Shared;

public sealed class PhoneNumberTests
{
    [Theory]
    [InlineData("(415) 555-0132", "US", "+14155550132")]
    [InlineData("415.555.0132", "US", "+14155550132")]
    [InlineData("1 415 555 0132", "US", "+14155550132")]
    [InlineData("+1 (415) 555-0132", "DE", "+14155550132")]
    [InlineData("(+49) 30 1234567", "US", "+49301234567")]
    [InlineData("0049 30 1234567", "US", "+49301234567")]
    [InlineData("030/1234567", "DE", "+49301234567")]
    [InlineData("+49 (0)30 1234567", "US", "+49301234567")]
    [InlineData("+44 (0) 20 7946 0018", "US", "+442079460018")]
    [InlineData("0\u00a030 1234567", "DE", "+49301234567")]
    [InlineData("+39 06 1234567", "US", "+39061234567")]
    [InlineData("06 1234567", "IT", "+39061234567")]
    [InlineData("011 49 30 1234567", "US", "+49301234567")]
    [InlineData("00 1 415 555 0132", "AU", "+14155550132")]
    [InlineData("0412 345 678", "AU", "+61412345678")]
    [InlineData("8 (912) 345-67-89", "RU", "+79123456789")]
    [InlineData("+49 1234567890123", "US", "+491234567890123")]
    public void Common_spellings_become_E164(string written, string country, string number) => Assert.Equal(number, PhoneNumber.Normalize(written, country));

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("123")]
    [InlineData("call me")]
    [InlineData("415-555-0132 ext. 5")]
    [InlineData("+0301234567")]
    [InlineData("+1234567890123456")]
    [InlineData("+123456789012345")]
    [InlineData("+999 12345678")]
    [InlineData("555-0132")]
    [InlineData("415+5550132")]
    [InlineData("++14155550132")]
    [InlineData("４１５５５５０１３２")]
    public void Anything_else_is_none(string written) => Assert.Null(PhoneNumber.Normalize(written, "US"));

    [Theory]
    [InlineData("DE", true)]
    [InlineData("XK", true)]
    [InlineData("de", false)]
    [InlineData("UK", false)]
    [InlineData("001", false)]
    [InlineData("", false)]
    public void A_country_is_one_with_telephones(string code, bool isOne) => Assert.Equal(isOne, PhoneNumber.IsCountry(code));

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
