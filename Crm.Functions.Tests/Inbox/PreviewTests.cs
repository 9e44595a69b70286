using Crm.Functions.Inbox;
using Crm.Shared;
using Crm.Shared.Liquid;

namespace Crm.Functions.Tests.Inbox;

public sealed class PreviewTests
{
    [Theory]
    [InlineData("Fine.\n\n> Is it fine?", "Fine.")]
    [InlineData("Fine.\n\nOn Mon, 5 May 2025 at 10:00, Ann Smith <ann@x.test> wrote:\n\n> Is it", "Fine.")]
    [InlineData("Fine.\n\nOn Mon, 5 May 2025 at 10:00, Ann Smith\n<ann@x.test> wrote:\nIs it", "Fine.")]
    [InlineData("Gut.\n\nAm 05.05.2025 um 10:00 schrieb Ann Smith <ann@x.test>:\n> Ist", "Gut.")]
    [InlineData("Fine.\n-----Original Message-----\nFrom: ann@x.test\nIs it", "Fine.")]
    [InlineData("Fine.\n\n________________________________\nFrom: Ann", "Fine.")]
    [InlineData("> Is it fine?\n\nYes, it is.", "Yes, it is.")]
    [InlineData("On the whole it is\nfine.", "On the whole it is fine.")]
    [InlineData("", "")]
    public void A_preview_has_the_new_words_alone(string content, string preview) => Assert.Equal(preview, Preview.Of(content));

    [Fact]
    public void A_preview_is_short_and_breaks_no_sign()
    {
        var preview = Preview.Of(string.Concat(Enumerable.Repeat("😀", 200)));

        Assert.True(preview.Length <= 160);
        Assert.EndsWith("😀…", preview, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Re: AW: Fwd[2]: Chairs", "Chairs")]
    [InlineData("Regarding chairs", "Regarding chairs")]
    [InlineData("re:", null)]
    [InlineData(null, null)]
    public void A_subject_is_bare_without_what_answering_put_before_it(string? subject, string? bare) => Assert.Equal(bare, Preview.Bare(subject));

    [Theory]
    [InlineData("", 1)]
    [InlineData("é@£", 1)]
    public void Few_letters_are_one_segment(string text, int segments) => Assert.Equal(segments, SmsSegments.Of(text));

    [Theory]
    [InlineData('x', 160, 1)]
    [InlineData('x', 161, 2)]
    [InlineData('x', 306, 2)]
    [InlineData('x', 307, 3)]
    [InlineData('€', 80, 1)]
    [InlineData('€', 81, 2)]
    // 76 to a segment: the second half of the 77th would be alone in the next.
    [InlineData('€', 153, 3)]
    [InlineData('ж', 70, 1)]
    [InlineData('ж', 71, 2)]
    [InlineData('ж', 134, 2)]
    [InlineData('ж', 135, 3)]
    public void Segments_are_those_of_the_network(char letter, int count, int segments) => Assert.Equal(segments, SmsSegments.Of(new string(letter, count)));

    [Fact]
    public void No_pair_is_torn_apart_between_segments()
    {
        // 33 pairs to a segment of 67.
        Assert.Equal(2, SmsSegments.Of(string.Concat(Enumerable.Repeat("😀", 66))));
        Assert.Equal(3, SmsSegments.Of(string.Concat(Enumerable.Repeat("😀", 67))));
    }

    [Fact]
    public void Braces_of_strangers_are_text()
    {
        Assert.Equal("a {{ b }} {% c", MailText.OfForeign("<p>a {{ b }} {% c</p>"));
        Assert.Equal("<p>{{ x | y }}</p>", MailHtml.CleanForeign("<p>{{ x | y }}</p><script>{{ z }}</script>"));
    }
}
