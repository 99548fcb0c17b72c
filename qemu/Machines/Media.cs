namespace ImageBuilder.Qemu.Machines;

/// <summary>What the image is to the machine.</summary>
public enum Media
{
    /// <summary>A disc in a virtio-scsi CD drive; never written.</summary>
    Cdrom,

    /// <summary>A USB stick on an xHCI controller.</summary>
    Usb,

    /// <summary>A virtio-blk disk.</summary>
    Disk,

    /// <summary>No medium at all; only with <see cref="Firmware.Direct"/>.</summary>
    None,
}
