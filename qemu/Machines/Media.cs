namespace ImageBuilder.Qemu.Machines;

/// <summary>What the image is to the machine.</summary>
public enum Media
{
    /// <summary>A disc in a CD drive; never written.</summary>
    Cdrom,

    /// <summary>A USB stick: a disk on the bus usb.</summary>
    Usb,

    /// <summary>A disk, or whatever looks like one.</summary>
    Disk,

    /// <summary>No medium at all; only with <see cref="Firmware.Direct"/>.</summary>
    None,
}
