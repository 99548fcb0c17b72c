namespace ImageBuilder.Linux.CommandLines;

/// <summary>What lies above the read-only layers.</summary>
public enum UpperKind
{
    /// <summary>Memory: gone after the next start.</summary>
    Tmpfs,

    /// <summary>Nothing: the root cannot be written to.</summary>
    None,
}

/// <summary>Whether the layers are copied to memory, so that the medium can be taken away.</summary>
public enum ToRam
{
    /// <summary>They stay on the medium.</summary>
    No,

    /// <summary>They are copied; the boot stops when there is no room.</summary>
    Yes,

    /// <summary>They are copied when there is room.</summary>
    Auto,
}

/// <summary>What ends a failure that nobody mends.</summary>
public enum FailureEnd
{
    Restart,
    PowerOff,
    Halt,
}

/// <summary>What the kernel command line asks of the boot program; <see cref="BootWords"/> has the words.</summary>
public sealed record BootOptions
{
    /// <summary>The root image on a medium, unless something else is said.</summary>
    public const string UsualImage = "/live/root.squashfs";

    /// <summary>The share of the memory that can be written to, unless something else is said.</summary>
    public const string UsualUpperSize = "50%";

    /// <summary>Where the medium is; null: whichever has what is looked for.</summary>
    public DeviceSelector? Medium { get; init; }

    /// <summary>The id that the medium carries as /.disk/ID; null: not looked at.</summary>
    public string? Id { get; init; }

    /// <summary>The medium is this ISO file on a partition; null when it is the partition or disc itself.</summary>
    public string? IsoFile { get; init; }

    /// <summary>The root image's path on the medium.</summary>
    public string Image { get; init; } = UsualImage;

    /// <summary>The medium's files are compared with its sha256sum.txt.</summary>
    public bool Checksum { get; init; }

    public ToRam ToRam { get; init; }

    /// <summary>The most that the copy in memory may take: "75%", "2G"; null: what it needs.</summary>
    public string? ToRamSize { get; init; }

    /// <summary>What must stay free beside the copy, in bytes.</summary>
    public long ToRamFree { get; init; } = 128L << 20;

    public UpperKind Upper { get; init; } = UpperKind.Tmpfs;

    /// <summary>The most that a tmpfs upper may hold, as tmpfs(5) takes it: "50%", "256M".</summary>
    public string UpperSize { get; init; } = UsualUpperSize;

    /// <summary>How long to wait for the medium.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The phase before which there is a prompt; null for none.</summary>
    public string? Break { get; init; }

    /// <summary>A prompt instead of a restart when the boot fails.</summary>
    public bool Shell { get; init; }

    /// <summary>Everything is logged, and <see cref="Shell"/>.</summary>
    public bool Debug { get; init; }

    /// <summary>The boot's timeline as one line on the consoles.</summary>
    public bool ShowTimeline { get; init; }

    /// <summary>What happens after the countdown of a failure.</summary>
    public FailureEnd FailureEnd { get; init; }

    /// <summary>`panic=`: seconds until the restart after a failure, and no prompt; null when not given.</summary>
    public int? Panic { get; init; }

    /// <summary>`init=`; null when not given.</summary>
    public string? RealInit { get; init; }

    /// <summary>`ro`: the root is mounted read-only.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>`quiet`: less on the consoles.</summary>
    public bool Quiet { get; init; }
}
