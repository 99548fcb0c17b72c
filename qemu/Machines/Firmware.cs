namespace ImageBuilder.Qemu.Machines;

/// <summary>What starts the operating system.</summary>
public enum Firmware
{
    /// <summary>SeaBIOS: El Torito and MBR boot.</summary>
    Bios,

    /// <summary>OVMF without Secure Boot.</summary>
    Uefi,

    /// <summary>OVMF with Secure Boot on and Microsoft's keys enrolled.</summary>
    Secure,

    /// <summary>No boot loader: QEMU places kernel and initramfs in memory itself.</summary>
    Direct,
}
