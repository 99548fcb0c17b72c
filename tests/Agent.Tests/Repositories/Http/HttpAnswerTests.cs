using System.Text;
using ImageBuilder.Agent.Repositories.Http;

namespace ImageBuilder.Agent.Tests.Repositories.Http;

/// <summary>What is read of an answer's bytes, however they come.</summary>
public sealed class HttpAnswerTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and the next", "hello")]
    [InlineData("HTTP/1.1 200\r\ncontent-length:5\r\n\r\nhello", "hello")]
    [InlineData("HTTP/1.0 200 OK\n\nhello", "hello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;name=value\r\nlo\r\n0\r\nTrailer: x\r\n\r\nand the next", "hello")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "hello")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\nand the next", "")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nand the next", "")]
    public async Task A_body_ends_where_it_is_said_to(string answer, string body)
    {
        foreach (var partLength in (int[])[1, 2, 7, 1000])
            Assert.Equal(body, await ReadAsync(answer, partLength));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("HTTP/1.1 1")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    public async Task What_breaks_off_is_no_answer(string answer) => await Assert.ThrowsAsync<IOException>(() => ReadAsync(answer, 3));

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n\r\n")]
    [InlineData("HTTP/2 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 +20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nno field\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n0\r\n\r\n")]
    public async Task What_is_no_HTTP_is_refused(string answer) => await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(answer, 5));

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n", "X: 0123456789\r\n")]
    [InlineData("HTTP/1.1 200 ", "OK")]
    [InlineData("", "HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", "x=yyyyyyyyy;")]
    public async Task A_head_without_end_is_not_read_for_ever(string start, string more)
    {
        var text = new StringBuilder(start);
        while (text.Length < 1 << 20)
            text.Append(more);
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(text.ToString(), 1 << 20));
    }

    private static async Task<string> ReadAsync(string answer, int partLength)
    {
        using var stream = new PartStream(Encoding.ASCII.GetBytes(answer), partLength);
        var reader = new HttpReader(stream);
        var body = new HttpBody(reader, await HttpHead.ReadAsync(reader, default) ?? throw new EndOfStreamException());
        var text = new StringBuilder();
        var buffer = new byte[partLength];
        while (await body.ReadAsync(buffer, default) is > 0 and var count)
            text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        Assert.True(body.IsAtEnd);
        return text.ToString();
    }

    /// <summary>Bytes that come in parts.</summary>
    private sealed class PartStream(byte[] bytes, int partLength) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, partLength)], cancellationToken);
    }
}
