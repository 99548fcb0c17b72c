using System.Globalization;

namespace ImageBuilder.Agent.Repositories.Http;

/// <summary>Where the body of an answer ends (RFC 9112, 6.3 and 7.1): after a length, after the last chunk, or with the connection.</summary>
internal sealed class HttpBody
{
    private const int MaxLine = 4 << 10; // a chunk's length with its extensions; a line of the trailer
    private const int MaxTrailers = 64;
    private readonly HttpReader reader;
    private readonly bool chunked;
    private bool within; // a chunk that has begun
    private long left; // of the body or the chunk; -1: until the connection ends

    /// <exception cref="InvalidDataException">What the head says is no length, or more than one.</exception>
    public HttpBody(HttpReader reader, HttpHead head)
    {
        this.reader = reader;
        if (head.Status is 204 or 304)
            IsAtEnd = true;
        else if (head.All("Transfer-Encoding") is { Count: > 0 } codings)
            chunked = codings.Count == 1 && codings[0].Equals("chunked", StringComparison.OrdinalIgnoreCase) && head["Content-Length"] is null ? true
                : throw new InvalidDataException("it is encoded in another way than in chunks");
        else if (head.All("Content-Length") is { Count: > 0 } lengths)
        {
            foreach (var text in lengths)
                if (text != lengths[0] || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out left))
                    throw new InvalidDataException("its length is no number");
            Length = left;
            IsAtEnd = left == 0;
        }
        else
            (left, EndsWithConnection) = (-1, true);
    }

    /// <summary>Bytes, when that is known before.</summary>
    public long? Length { get; }

    /// <summary>Nothing is left, and what comes next on the connection is the next answer.</summary>
    public bool IsAtEnd { get; private set; }

    public bool EndsWithConnection { get; }

    /// <summary>The rest is here already and can be passed over without waiting.</summary>
    public bool RestIsHere => !chunked && !EndsWithConnection && left <= reader.Available;

    /// <summary>Bytes, at least one; 0 at the end.</summary>
    /// <exception cref="InvalidDataException">A chunk is none.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancel)
    {
        if (chunked && left == 0 && !IsAtEnd)
            await BeginChunkAsync(cancel);
        if (IsAtEnd || target.Length == 0)
            return 0;
        if (left >= 0 && left < target.Length)
            target = target[..(int)left];
        var count = await reader.ReadAsync(target, cancel);
        if (count == 0 && !EndsWithConnection)
            throw new IOException("the server closed the connection before the end of its answer");
        if (EndsWithConnection)
            IsAtEnd = count == 0;
        else
            IsAtEnd = (left -= count) == 0 && !chunked;
        return count;
    }

    // chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF; the last is of length 0, and the trailer section follows
    private async ValueTask BeginChunkAsync(CancellationToken cancel)
    {
        if (within && await LineAsync(cancel) != "")
            throw new InvalidDataException("a chunk is longer than it says");
        within = true;
        var size = await LineAsync(cancel);
        var semicolon = size.IndexOf(';', StringComparison.Ordinal);
        if (!long.TryParse((semicolon < 0 ? size : size[..semicolon]).AsSpan().TrimEnd(" \t"), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out left) || left < 0)
            throw new InvalidDataException("the length of a chunk is no number");
        if (left > 0)
            return;
        for (var lines = 0; await LineAsync(cancel) != ""; lines++)
            if (lines == MaxTrailers)
                throw new InvalidDataException("it has no end");
        IsAtEnd = true;
    }

    private async ValueTask<string> LineAsync(CancellationToken cancel) =>
        await reader.ReadLineAsync(MaxLine, cancel) ?? throw new IOException("the server closed the connection before the end of its answer");
}
