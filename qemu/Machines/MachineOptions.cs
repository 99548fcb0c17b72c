namespace ImageBuilder.Qemu.Machines;

/// <summary>The machine to start: what the options of <c>imagebuilder vm</c> and the <c>boot</c> step say.</summary>
public sealed record MachineOptions
{
    /// <summary>The image's path; null only with <see cref="Media.None"/>.</summary>
    public string? Image { get; init; }

    public Firmware Firmware { get; init; } = Firmware.Bios;

    public Media Media { get; init; } = Media.Cdrom;

    /// <summary>What the medium hangs on; null for the usual: virtio, and usb for a stick.</summary>
    public Bus? Bus { get; init; }

    public MemorySize Memory { get; init; } = new(1024);

    /// <summary>Number of virtual processors; null: as many as serve the firmware best.</summary>
    public int? Cpus { get; init; }

    /// <summary>A port on 127.0.0.1 forwarded to the guest's port 22.</summary>
    public int? SshPort { get; init; }

    /// <summary>QEMU's <c>-display</c>: none, gtk, sdl, …</summary>
    public string Display { get; init; } = "none";

    /// <summary>Writes of the guest are dropped when the machine stops. ISO images are never written in any case.</summary>
    public bool Ephemeral { get; init; }

    /// <summary>Writes of the guest go to this qcow2 file over the image, made when it is not there, and stay for the next start.</summary>
    public string? Overlay { get; init; }

    /// <summary>
    /// Every write of the guest to the disk is noted in this file, in order, by QEMU's blklogwrites, and goes to the image itself; null for none. The
    /// file is made when it is not there; one with notes of an earlier start is added to.
    /// </summary>
    public string? WriteLog { get; init; }

    /// <summary>
    /// What the guest flushes stays in the host's memory. It outlives QEMU however that ends, which is what a test's power cut asks for, but not the host, and a
    /// guest does not wait for the host's disk.
    /// </summary>
    public bool SkipsHostFlush { get; init; }

    /// <summary>UEFI variables; null for fresh ones each time. Made from the firmware's template when the file is not there.</summary>
    public string? FirmwareVariables { get; init; }

    /// <summary>Kernel, initramfs and command line for <see cref="Firmware.Direct"/>.</summary>
    public DirectBoot? Direct { get; init; }

    /// <summary>The user's terminal is the serial console and QEMU's monitor (Ctrl-A X leaves); else the console is a transcript.</summary>
    public bool Interactive { get; init; }

    /// <summary>What the machine's clock shows when it starts, UTC; null for the time that it is.</summary>
    public DateTime? Clock { get; init; }

    /// <summary>The machine has a watchdog (i6300esb) that resets it.</summary>
    public bool Watchdog { get; init; }

    /// <summary>Further arguments, passed to QEMU as they are.</summary>
    public IReadOnlyList<string> ExtraArguments { get; init; } = [];
}
