namespace ImageBuilder.Pipeline.Plan;

/// <summary>Kinds of artefacts.</summary>
public enum OutputKind
{
    /// <summary>A hybrid live ISO.</summary>
    Iso,

    /// <summary>A disk image: GPT with the partitions of a device.</summary>
    Disk,

    /// <summary>The same disk in QEMU's own format.</summary>
    Qcow2,
}
