namespace ImageBuilder.Linux.CommandLines;

/// <summary>What lies above the read-only layers.</summary>
public enum UpperKind
{
    /// <summary>Memory: gone after the next start.</summary>
    Tmpfs,

    /// <summary>A folder of the data partition: what is written is there again after the next start.</summary>
    Persistent,

    /// <summary>Nothing: the root cannot be written to.</summary>
    None,
}

/// <summary>Whether what is written is kept.</summary>
public enum Persistence
{
    /// <summary>As the image's own settings say.</summary>
    AsImage,

    /// <summary>Nothing is kept, whatever the image's settings say.</summary>
    Never,

    /// <summary>It is kept where there is a partition for it.</summary>
    Use,

    /// <summary>It is kept; where there is no partition for it, one is made in the free space of the medium.</summary>
    Create,
}

/// <summary>Which stack of an appliance's disk starts, when the state record is not to decide.</summary>
public enum SlotChoice
{
    A,
    B,

    /// <summary>The stack that the disk was shipped with.</summary>
    Factory,
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

    /// <summary>What lies above the layers; null: the image's settings decide. <see cref="UpperOr"/> takes both together.</summary>
    public UpperKind? Upper { get; init; }

    /// <summary>The most that a tmpfs upper may hold, as tmpfs(5) takes it: "50%", "256M"; null: the image's settings decide.</summary>
    public string? UpperSize { get; init; }

    /// <summary>Whether what is written is kept; <see cref="Upper"/> says it as well.</summary>
    public Persistence Persistence { get; init; }

    /// <summary>What was kept is there, and nothing new is kept: the persistent upper is read-only, under one in memory.</summary>
    public bool PersistentReadOnly { get; init; }

    /// <summary>The data partition; null: on the disk that was started from, by its label.</summary>
    public DeviceSelector? Data { get; init; }

    /// <summary>A partition of the appliance's disk: that disk was started from. Null on a live medium.</summary>
    public DeviceSelector? Disk { get; init; }

    /// <summary>The stack to start; null: the state record decides.</summary>
    public SlotChoice? Slot { get; init; }

    /// <summary>The upper starts anew; <see cref="ResetToken"/> says how often.</summary>
    public bool Reset { get; init; }

    /// <summary>The reset happens once for this token; null: at every start that asks for it.</summary>
    public string? ResetToken { get; init; }

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

    /// <summary>What lies above the layers of an image whose own settings say <paramref name="image"/>.</summary>
    public UpperKind UpperOr(UpperKind image) =>
        Upper ?? (Persistence == Persistence.Never && image == UpperKind.Persistent ? UpperKind.Tmpfs : image);
}
