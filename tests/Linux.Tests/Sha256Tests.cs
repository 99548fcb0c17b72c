using System.Security.Cryptography;

namespace ImageBuilder.Linux.Tests;

public class Sha256Tests
{
    // FIPS 180-4's example, and the empty message.
    [Theory]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public void Known_messages_have_their_digests(string message, string digest) => Assert.Equal(digest, Of(System.Text.Encoding.ASCII.GetBytes(message), 1));

    [Fact]
    public void Every_length_around_the_blocks_and_every_way_to_cut_a_message_agree_with_the_frameworks_own()
    {
        var message = Enumerable.Range(0, 300).Select(i => (byte)(i * 31)).ToArray();
        for (var length = 0; length <= message.Length; length++)
            foreach (var part in (int[])[1, 7, 63, 64, 65, 200])
                Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(message.AsSpan(0, length))), Of(message.AsSpan(0, length), part));
    }

    [Fact]
    public void Large_messages_agree_too_by_the_systems_library()
    {
        Assert.True(SystemSha256.IsOn);
        var message = new byte[(1 << 20) + 12345];
        new Random(9).NextBytes(message);
        foreach (var part in (int[])[message.Length, 300_001, 128 << 10, 63])
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(message)), Of(message, part));
        var (here, there) = (new uint[8], new uint[8]);
        Sha256.CompressHere(here, message.AsSpan(0, 1 << 20));
        Assert.True(SystemSha256.TryCompress(there, message.AsSpan(0, 1 << 20)), "there is no libcrypto");
        Assert.Equal(here, there);
    }

    private static string Of(ReadOnlySpan<byte> message, int part)
    {
        var hash = new Sha256();
        for (var at = 0; at < message.Length; at += part)
            hash.Append(message.Slice(at, Math.Min(part, message.Length - at)));
        return hash.Finish();
    }
}
