namespace ImageBuilder.Qemu.Servers;

/// <summary>What a server does wrong.</summary>
public sealed record ServerFaults
{
    /// <summary>Breaks each connection after this many bytes of a file.</summary>
    public long? CutAfter { get; init; }

    /// <summary>Bytes per second.</summary>
    public long? Rate { get; init; }

    /// <summary>A bit of each file's first part is wrong.</summary>
    public bool Flip { get; init; }

    /// <summary>Files never end.</summary>
    public bool Endless { get; init; }

    /// <summary>Answers nothing but 503.</summary>
    public bool Off { get; init; }
}
