namespace ImageBuilder.Formats.Iso9660;

/// <summary>What decides an ISO 9660 image, besides its files.</summary>
public sealed record IsoOptions
{
    /// <summary>Volume label, up to 32 printable ASCII characters (Linux's LABEL). Joliet shows the first 16.</summary>
    public required string VolumeId { get; init; }

    /// <summary>
    /// Creation and modification time of the volume, written as UTC. Linux (blkid) and GRUB derive the volume's UUID from it:
    /// <see cref="IsoImage.Uuid"/>. Two images that may meet on one machine want different times.
    /// </summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Write a Joliet tree for systems that read no Rock Ridge; it has files and directories only.</summary>
    public bool Joliet { get; init; } = true;

    /// <summary>Write POSIX names, modes, owners, links and devices (RRIP 1.12).</summary>
    public bool RockRidge { get; init; } = true;

    /// <summary>System identifier, up to 32 characters.</summary>
    public string SystemId { get; init; } = "LINUX";

    /// <summary>Volume set identifier, up to 128 characters.</summary>
    public string VolumeSetId { get; init; } = "";

    /// <summary>Publisher, up to 128 characters.</summary>
    public string PublisherId { get; init; } = "";

    /// <summary>Preparer, up to 128 characters.</summary>
    public string PreparerId { get; init; } = "";

    /// <summary>Application, up to 128 characters.</summary>
    public string ApplicationId { get; init; } = "";

    /// <summary>Boot by BIOS.</summary>
    public BiosBoot? BiosBoot { get; init; }

    /// <summary>Boot by UEFI.</summary>
    public EfiBoot? EfiBoot { get; init; }

    /// <summary>Boot from a USB stick too.</summary>
    public HybridBoot? Hybrid { get; init; }
}
