namespace ImageBuilder.TestSupport;

/// <summary>What a <see cref="FileServer"/> answers. Without anything said: the file, or 404.</summary>
public sealed record FileAnswer
{
    /// <summary>The status; null for what fits.</summary>
    public int? Status { get; init; }

    /// <summary>Header lines beside Content-Length and Content-Range.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>Other bytes than the file's.</summary>
    public byte[]? Body { get; init; }

    /// <summary>Another Content-Length than the right one.</summary>
    public long? Length { get; init; }

    /// <summary>No Content-Length: the end of the connection is the body's.</summary>
    public bool NoLength { get; init; }

    /// <summary>The whole, whatever part is asked for.</summary>
    public bool NoRanges { get; init; }

    /// <summary>The connection ends after so many bytes of the body.</summary>
    public int? CutAfter { get; init; }

    /// <summary>The body again and again, without end.</summary>
    public bool Endless { get; init; }

    /// <summary>Before each part.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>Bytes of a part.</summary>
    public int PartLength { get; init; } = 64 << 10;
}
