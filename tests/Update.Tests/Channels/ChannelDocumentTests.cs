using System.Globalization;
using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Tests.Channels;

public class ChannelDocumentTests
{
    private const long Created = 1_795_800_000;

    private static readonly ChannelDocument Full = new()
    {
        Channel = "stable",
        Sequence = 7,
        Stack = Id(1),
        Same = [Id(2), Id(3)],
        Rollout = 25,
        Created = Created,
        Expires = Created + 86_400,
        Keys = [new TrustedKey(Key(1), null), new TrustedKey(Key(2), Created + 1000)],
        Threshold = 2,
    };

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        var text = Encoding.UTF8.GetString((Full with { Keys = null, Threshold = 1, Same = [] }).ToBytes());
        Assert.Equal($$"""{"channel":"stable","created":"2026-11-27T17:20:00Z","expires":"2026-11-28T17:20:00Z","rollout":25,"same":[],"schema":1,"sequence":7,"stack":"{{Id(1)}}"}""", text);
        Assert.Contains(""","keys":[{"key":"RW""", Encoding.UTF8.GetString(Full.ToBytes()), StringComparison.Ordinal);
        Assert.EndsWith(""","threshold":2}""", Encoding.UTF8.GetString(Full.ToBytes()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_comes_back_from_its_bytes() => Assert.Equal(Full.ToBytes(), ChannelDocument.Parse(Full.ToBytes()).ToBytes());

    [Theory]
    [InlineData("\"rollout\":25", "\"rollout\":101")]
    [InlineData("\"rollout\":25", "\"rollout\":-1")]
    [InlineData("\"rollout\":25", "\"rollout\":25.0")]
    [InlineData("\"rollout\":25", "\"rollout\": 25")]
    [InlineData("\"rollout\":25", "\"rollout\":25,\"rollout\":25")]
    [InlineData("\"schema\":1", "\"schema\":2")]
    [InlineData("\"sequence\":7", "\"sequence\":-7")]
    [InlineData("\"sequence\":7", "\"sequence\":7,\"surprise\":true")]
    [InlineData("\"channel\":\"stable\"", "\"channel\":\"../stable\"")]
    [InlineData("\"channel\":\"stable\"", "\"channel\":\"\"")]
    [InlineData("\"channel\":\"stable\"", "\"channel\":null")]
    [InlineData("\"threshold\":2", "\"threshold\":3")]
    [InlineData("\"threshold\":2", "\"threshold\":0")]
    [InlineData("2026-11-28", "2026-11-31")]
    [InlineData("T17:20:00Z\",\"expires", "T17:20:00+00:00\",\"expires")]
    [InlineData("{\"channel", " {\"channel")]
    public void What_is_not_canonical_or_makes_no_sense_is_refused(string what, string instead)
    {
        var text = Encoding.UTF8.GetString(Full.ToBytes());
        Assert.Contains(what, text, StringComparison.Ordinal);
        Assert.Equal("IB6040", Assert.Throws<ImageException>(() => ChannelDocument.Parse(Encoding.UTF8.GetBytes(text.Replace(what, instead, StringComparison.Ordinal)))).Id);
    }

    [Fact]
    public void A_key_that_is_named_twice_would_count_twice_and_is_refused()
    {
        foreach (var twin in (PublicKey[])[Key(1), Key(1) with { Id = new KeyId(99) }, Key(9) with { Id = Key(1).Id }])
            Assert.Equal("IB6040", Assert.Throws<ImageException>(() => ChannelDocument.Parse((Full with { Keys = [new(Key(1), null), new(twin, null)] }).ToBytes())).Id);
    }

    [Fact]
    public void Ten_thousand_damaged_documents_are_refused_or_read_as_what_they_are()
    {
        Mutations.Survive<ImageException>(Full.ToBytes(), 10_000, 1, 4 << 20, bytes => Assert.Equal(bytes, ChannelDocument.Parse(bytes).ToBytes()));
    }

    [Fact]
    public void Times_agree_with_the_calendar_from_1970_to_9999()
    {
        var random = new Random(1);
        foreach (var seconds in Enumerable.Range(0, 20_000).Select(_ => random.NextInt64(UtcTime.Latest + 1)).Concat([0, 951_782_400, 4_107_542_399, 4_107_542_400, UtcTime.Latest]))
        {
            var text = DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            Assert.Equal(text, UtcTime.Format(seconds));
            Assert.Equal(seconds, UtcTime.Parse(text));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-02-29T00:00:00Z")]
    [InlineData("2026-00-10T00:00:00Z")]
    [InlineData("2026-13-10T00:00:00Z")]
    [InlineData("2026-01-10T24:00:00Z")]
    [InlineData("2026-01-10T23:59:60Z")]
    [InlineData("1969-12-31T23:59:59Z")]
    [InlineData("2026-01-10T00:00:00z")]
    [InlineData("2026-01-10 00:00:00Z")]
    [InlineData("٢٠٢٦-01-10T00:00:00Z")]
    public void What_is_no_time_is_refused(string text) => Assert.Throws<FormatException>(() => UtcTime.Parse(text));

    private static StackId Id(byte value) => new(Enumerable.Repeat(value, 32).ToArray());

    private static PublicKey Key(byte value) => new(new KeyId(value)) { Key = Enumerable.Repeat(value, 32).ToArray() };
}
