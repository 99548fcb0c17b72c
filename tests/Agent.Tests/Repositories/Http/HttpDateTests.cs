using System.Globalization;
using ImageBuilder.Agent.Repositories.Http;

namespace ImageBuilder.Agent.Tests.Repositories.Http;

public sealed class HttpDateTests
{
    [Fact]
    public void Dates_are_read_as_the_framework_writes_them()
    {
        for (var date = new DateTime(1999, 12, 31, 23, 59, 58, DateTimeKind.Utc); date.Year < 2101; date = date.AddDays(29).AddSeconds(3607))
            Assert.Equal(date, HttpDate.TryParse(date.ToString("r", CultureInfo.InvariantCulture)));
        Assert.Equal(new DateTime(1994, 11, 6, 8, 49, 37, DateTimeKind.Utc), HttpDate.TryParse("Sun, 06 Nov 1994 08:49:37 GMT"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 UTC")]
    [InlineData("Sun, 31 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 00 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 0000 08:49:37 GMT")]
    [InlineData("Sun, 06 ovD 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 24:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:60:37 GMT")]
    public void Anything_else_is_none(string? text) => Assert.Null(HttpDate.TryParse(text));
}
