using System.Security.Cryptography;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Trees;

public sealed class Sha256DigestTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((1 << 20) - 1)]
    [InlineData(1 << 20)]
    [InlineData((3 << 20) + 17)]
    public void It_is_the_digest_of_all_bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        Assert.Equal(SHA256.HashData(bytes), Sha256Digest.BytesOf(Content.From(bytes)));
    }

    [Fact]
    public void Holes_are_hashed_as_zeros_and_not_read()
    {
        var content = new Holed(5 << 20, [(100, 5000), ((2 << 20) + 1, 1 << 20), ((5 << 20) - 10, 3)]);
        var bytes = new byte[content.Length];
        content.Fill(bytes);
        Assert.Equal(SHA256.HashData(bytes), Sha256Digest.BytesOf(content));
    }

    /// <summary>Data at some places, and an error where a hole is read.</summary>
    private sealed class Holed(int length, (int Start, int Length)[] data) : Content
    {
        public override long Length => length;

        public override void Read(long offset, Span<byte> buffer)
        {
            var (at, end) = (offset, offset + buffer.Length);
            Assert.Contains(data, stretch => stretch.Start <= at && end <= stretch.Start + stretch.Length);
            buffer.Fill(7);
        }

        public override (long Start, long End) DataFrom(long offset)
        {
            foreach (var (start, count) in data)
                if (start + count > offset)
                    return (start, start + count);
            return (length, length);
        }

        public void Fill(byte[] bytes)
        {
            foreach (var (start, count) in data)
                bytes.AsSpan(start, count).Fill(7);
        }
    }
}
