namespace ImageBuilder.Qemu.Machines;

/// <summary>What the medium hangs on.</summary>
public enum Bus
{
    /// <summary>virtio: a CD behind virtio-scsi, a disk as virtio-blk.</summary>
    Virtio,

    /// <summary>A disk or CD behind virtio-scsi.</summary>
    Scsi,

    /// <summary>SATA, on the AHCI controller of the machine.</summary>
    Ahci,

    /// <summary>NVMe; disks only.</summary>
    Nvme,

    /// <summary>USB mass storage on an xHCI controller.</summary>
    Usb,

    /// <summary>USB attached SCSI on an xHCI controller.</summary>
    Uas,

    /// <summary>An SD card in an SDHCI controller; disks only.</summary>
    Sd,
}
