using ImageBuilder.Update.Channels;

namespace ImageBuilder.Update;

/// <summary>The spec's `update:` on the device, a part of <see cref="ImageSettings"/>. It belongs to the stack that runs.</summary>
public sealed partial record UpdateSettings
{
    /// <summary>The repository: http(s)://… for a layout on a web server, oci://HOST/NAME (oci+http:// without TLS) for a registry, a path; empty: only `install --from`.</summary>
    public string Url { get; init; } = "";

    /// <summary>The channel that is followed.</summary>
    public string Channel { get; init; } = "stable";

    /// <summary>What this board is called; a stack that names boards must name this one.</summary>
    public string Compatible { get; init; } = "";

    /// <summary>The keys that are trusted until a channel document names others.</summary>
    public IReadOnlyList<TrustedKey> Keys { get; init; } = [];

    /// <summary>How many of them must sign a document that names others.</summary>
    public int Threshold { get; init; } = 1;

    /// <summary>A trial needs no contact with the repository to be kept.</summary>
    public bool Offline { get; init; }

    /// <summary>Where results are posted; empty for nowhere.</summary>
    public string Report { get; init; } = "";

    /// <summary>Trial boots at most.</summary>
    public byte Tries { get; init; } = 3;

    /// <summary>Seconds from the start of a trial until it must be healthy.</summary>
    public int HealthTimeout { get; init; } = 300;

    /// <summary>Folders whose changes are merged into a new stack, absolute paths.</summary>
    public IReadOnlyList<string> Carry { get; init; } = ["/etc"];

    /// <summary>Seconds between two looks of the daemon.</summary>
    public int Interval { get; init; } = 86400;

    /// <summary>The part of the day in which the daemon installs and restarts, UTC, "HH:MM-HH:MM"; empty for all day.</summary>
    public string Window { get; init; } = "";

    /// <summary>Bytes per second that the daemon loads at most; 0 for no limit.</summary>
    public long Rate { get; init; }

    /// <summary>The daemon installs by itself; else it only looks.</summary>
    public bool Automatic { get; init; } = true;
}
