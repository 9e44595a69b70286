using System.Text.Json;
using Crm.Functions.Requests;

namespace Crm.Functions.Tests.Shared;

public sealed class OptionalTests
{
    private sealed record Body(Optional<string?> Text, Optional<int> Number, Optional<string[]?> List)
    {
        public Body() : this(default, default, default)
        {
        }
    }

    [Fact]
    public void An_absent_field_is_not_set_and_keeps_what_is_there()
    {
        var body = Read("{}");
        Assert.False(body.Text.IsSet);
        Assert.Equal("old", body.Text.Or("old"));
        Assert.Null(((IOptional)body.Text).Given);
    }

    [Fact]
    public void Null_is_set_and_clears()
    {
        var body = Read("""{"text":null,"list":null}""");
        Assert.True(body.Text.IsSet);
        Assert.Null(body.Text.Or("old"));
        Assert.True(body.List.IsSet);
    }

    [Fact]
    public void A_value_is_taken()
    {
        var body = Read("""{"text":"new","number":0,"list":["a"]}""");
        Assert.Equal("new", body.Text.Or("old"));
        Assert.True(body.Number.IsSet);
        Assert.Equal(0, body.Number.Or(5));
        Assert.Equal(["a"], body.List.Value!);
    }

    [Theory]
    [InlineData("""{"number":null}""", "$.number")]
    [InlineData("""{"number":"five"}""", "$.number")]
    [InlineData("""{"list":"a"}""", "$.list")]
    public void A_wrong_type_names_the_field(string json, string path) => Assert.Equal(path, Assert.Throws<JsonException>(() => Read(json)).Path);

    private static Body Read(string json) => JsonSerializer.Deserialize<Body>(json, JsonSerializerOptions.Web)!;
}
