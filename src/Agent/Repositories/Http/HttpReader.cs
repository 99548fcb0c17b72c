using System.Text;

namespace ImageBuilder.Agent.Repositories.Http;

/// <summary>Lines and bytes of a connection.</summary>
internal sealed class HttpReader(Stream stream)
{
    private readonly byte[] buffer = new byte[16 << 10];
    private int start;
    private int end;

    /// <summary>Bytes that are here already.</summary>
    public int Available => end - start;

    /// <summary>Bytes, at least one; 0 when the connection has ended.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancel)
    {
        if (Available == 0 && target.Length >= buffer.Length)
            return await stream.ReadAsync(target, cancel);
        if (Available == 0 && !await FillAsync(cancel))
            return 0;
        var count = Math.Min(target.Length, Available);
        buffer.AsSpan(start, count).CopyTo(target.Span);
        start += count;
        return count;
    }

    /// <summary>A line without its end, each byte a character (RFC 9112, 2.2: LF alone ends one, too); null when the connection has ended before it.</summary>
    /// <param name="limit">Bytes at most.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <exception cref="InvalidDataException">It is longer.</exception>
    /// <exception cref="IOException">The connection ended within it.</exception>
    public async ValueTask<string?> ReadLineAsync(int limit, CancellationToken cancel)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (Available == 0 && !await FillAsync(cancel))
                return line.Length == 0 ? null : throw new IOException("the server closed the connection in the middle of a line");
            var length = buffer.AsSpan(start, Available).IndexOf((byte)'\n');
            var part = length < 0 ? Available : length;
            if (line.Length + part > limit)
                throw new InvalidDataException($"a line of more than {limit} bytes");
            line.Append(Encoding.Latin1.GetString(buffer, start, part));
            start += part;
            if (length < 0)
                continue;
            start++;
            if (line.Length > 0 && line[^1] == '\r')
                line.Length--;
            return line.ToString();
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancel)
    {
        start = end = 0;
        end = await stream.ReadAsync(buffer, cancel);
        return end > 0;
    }
}
