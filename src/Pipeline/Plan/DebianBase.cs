namespace ImageBuilder.Pipeline.Plan;

/// <summary>A root file system made from Debian packages by mmdebstrap.</summary>
public sealed record DebianBase : BasePlan
{
    /// <summary>The variant that installs nothing: of such a suite only the boot loader is taken.</summary>
    public const string NothingInstalled = "custom";

    /// <summary>Suite or codename, such as "trixie".</summary>
    public required string Suite { get; init; }

    /// <summary>Base URI of the mirror; with a snapshot, the snapshot's own URI.</summary>
    public required string Mirror { get; init; }

    /// <summary>mmdebstrap variant: "minbase", "apt", "essential", "standard", …;  or <see cref="NothingInstalled"/>.</summary>
    public required string Variant { get; init; }

    /// <summary>Archive components, such as "main" and "non-free-firmware".</summary>
    public required IReadOnlyList<string> Components { get; init; }

    /// <summary>Further archives.</summary>
    public required IReadOnlyList<DebianSource> Sources { get; init; }

    /// <summary>Whether packages that are only recommended are installed too.</summary>
    public required bool Recommends { get; init; }

    /// <summary>A time of snapshot.debian.org, such as "20260101T000000Z"; null for the mirror as it is. Its Release files have expired by design.</summary>
    public string? Snapshot { get; init; }
}
