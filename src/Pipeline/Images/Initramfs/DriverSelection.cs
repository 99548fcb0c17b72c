using ImageBuilder.Linux.Modules;

namespace ImageBuilder.Pipeline.Images.Initramfs;

/// <summary>Which kernel modules the initramfs gets, their dependencies not counted.</summary>
/// <param name="Description">For the plan and for messages: "generic", "virtio", or the list.</param>
/// <param name="Required">Modules without which the image is not built.</param>
/// <param name="Optional">Modules that are taken where the kernel has them.</param>
/// <param name="Watchdogs">Optional ones of a device that updates itself: what ends the trial of a version that hangs.</param>
public sealed record DriverSelection(string Description, IReadOnlyList<string> Required, IReadOnlyList<string> Optional, IReadOnlyList<string> Watchdogs)
{
    // What every start needs: the root image behind a loop device, under an overlay.
    private static readonly string[] Root = ["loop", "squashfs", "overlay"];

    // What media are formatted with. FAT needs its character sets before it is mounted.
    private static readonly string[] FileSystems =
        ["isofs", "vfat", "exfat", "ntfs3", "ext4", "quota_v2", "nls_cp437", "nls_ascii", "nls_utf8", "nls_iso8859_1"];

    // What a data partition is mounted with: ext4 with quotas.
    private static readonly string[] Data = ["ext4", "quota_v2"];

    private static readonly string[] Disks = ["sd_mod", "sr_mod", "virtio_blk", "virtio_scsi", "virtio_pci", "virtio_mmio"];

    // QEMU's.
    private static readonly string[] VirtualWatchdogs = ["i6300esb"];

    private static readonly string[] Hardware =
    [
        // SATA and IDE, and what hides NVMe behind Intel's RAID
        "ahci", "ata_piix", "ata_generic", "pata_acpi", "sata_nv", "sata_sil", "sata_sil24", "sata_via", "sata_promise",
        "ahci_platform", "nvme", "vmd",
        // USB: controllers, storage, keyboards
        "xhci_pci", "xhci_pci_renesas", "xhci_plat_hcd", "ehci_pci", "ehci_platform", "ohci_pci", "ohci_platform", "uhci_hcd", "usb_storage", "uas",
        "usbhid", "hid_generic", "hid_apple", "hid_cherry", "hid_logitech_dj", "hid_logitech_hidpp", "hid_lenovo", "hid_microsoft",
        "i8042", "atkbd",
        // SD cards, eMMC, card readers
        "mmc_block", "sdhci_pci", "sdhci_acpi", "rtsx_pci_sdmmc", "rtsx_usb_sdmmc", "rtsx_pci", "rtsx_usb",
        // Virtual machines
        "hv_vmbus", "hv_storvsc", "hid_hyperv", "hyperv_keyboard", "vmw_pvscsi", "mptspi", "xen_blkfront", "pci_hyperv", "virtio_input",
        // Servers' controllers
        "megaraid_sas", "mpt3sas", "aacraid", "hpsa", "smartpqi", "mptsas",
        "scsi_transport_sas",
    ];

    /// <summary>PCs, servers and virtual machines: SATA, NVMe, USB, SD cards, virtio, Hyper-V, VMware, keyboards.</summary>
    public static DriverSelection Generic { get; } = new("generic", Root, [.. FileSystems, .. Disks, .. Hardware], [.. VirtualWatchdogs, "iTCO_wdt", "sp5100_tco"]);

    /// <summary>Virtual machines with virtio devices only: small, and quick to start.</summary>
    public static DriverSelection Virtio { get; } = new("virtio", Root, [.. FileSystems, .. Disks], VirtualWatchdogs);

    /// <summary>These without what live media are read with: an appliance's disk has none of it.</summary>
    public DriverSelection WithoutMedia() => this with { Optional = [.. Optional.Except([.. FileSystems, "sr_mod"])] };

    /// <summary>These, and what the device's data partition needs.</summary>
    public DriverSelection WithData() => this with { Required = [.. Required, .. Data], Optional = [.. Optional, .. Watchdogs] };

    /// <summary>Modules by name, each of which must exist; with them what every start needs, and the file systems.</summary>
    public static DriverSelection List(IEnumerable<string> modules)
    {
        var names = modules.Select(KernelModule.Normalize).Distinct().ToList();
        return new DriverSelection(string.Join(", ", names), [.. Root, .. names], [.. FileSystems, "sd_mod", "sr_mod"], []);
    }
}
