using System.Security.Cryptography;
using ImageBuilder.Agent.Health;

namespace ImageBuilder.Agent.Tests.Health;

public class HmacTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(65)]
    public void It_is_the_frameworks(int keyLength)
    {
        byte[] key = [.. Enumerable.Range(1, keyLength).Select(value => (byte)value)], message = "org.imagebuilder.report"u8.ToArray();
        Assert.Equal(Convert.ToHexStringLower(HMACSHA256.HashData(key, message)), Hmac.Of(key, message));
    }
}
