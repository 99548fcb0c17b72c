using ImageBuilder.Linux.Modules;

namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>Whether the kernel and the initramfs have what the boot needs: file systems, drivers of the media, the layer's compressor.</summary>
internal sealed class BootModulesCheck : IAuditCheck
{
    // What, the option that builds it in, what it is for, and how bad its absence is: High where no machine starts.
    private static readonly (string Module, string Option, string For, Severity Severity)[] Needed =
    [
        ("squashfs", "SQUASHFS", "the root file system's layer", Severity.High),
        ("overlay", "OVERLAY_FS", "the writable layer over it", Severity.High),
        ("loop", "BLK_DEV_LOOP", "the layer as a file on the medium", Severity.High),
    ];

    private static readonly (string Module, string Option, string For, Severity Severity)[] NeededByStick =
    [
        ("sd_mod", "BLK_DEV_SD", "disks and USB sticks", Severity.Medium),
        ("usb_storage", "USB_STORAGE", "USB sticks", Severity.Medium),
        ("xhci_pci", "USB_XHCI_PCI", "USB 3 ports", Severity.Medium),
        ("vfat", "VFAT_FS", "sticks that are written file by file", Severity.Low),
    ];

    private static readonly (string Module, string Option, string For, Severity Severity)[] NeededByIso =
    [
        ("isofs", "ISO9660_FS", "the medium's file system", Severity.High),
        ("sr_mod", "BLK_DEV_SR", "CD drives", Severity.Medium),
        ("ahci", "SATA_AHCI", "SATA drives, CD drives among them", Severity.Medium),
    ];

    private static readonly (string Module, string Option, string For, Severity Severity)[] NeededByDisk = [("ext4", "EXT4_FS", "the data partition", Severity.High)];

    public IEnumerable<Finding> Run(AuditTarget target)
    {
        if (target.Kernels.Count == 0)
            yield break; // OverlayCveCheck says so
        var loaded = target.Initramfs is { } initramfs ? ModulesOf(initramfs) : null;
        var kernel = KernelOf(target, loaded);
        if (target.IsIso && loaded is null)
            yield return new Finding("AU0300", Severity.Info, "initramfs", "there is no initramfs that could be read: whether it has the modules that the boot needs was not judged", "");
        foreach (var (module, option, use, worst) in Needed.Concat(target.IsDisk ? NeededByDisk : target.IsIso ? [.. NeededByStick, .. NeededByIso] : NeededByStick))
        {
            // Who asks for virtio or a list wants no other machine's drivers.
            var severity = target.Drivers is "virtio" or "list" && worst < Severity.High ? Severity.Info : worst;
            var isBuiltIn = kernel.Option(option) == "y" || kernel.Modules?.Builtin.Contains(module) == true;
            if (isBuiltIn || loaded?.Files.Contains(module) == true)
                continue;
            if (kernel.Modules is { } modules && !modules.Files.Contains(module) && (kernel.HasConfig || modules.Builtin.Count > 0))
                yield return new Finding("AU0301", severity, module, $"kernel {kernel.Release} has no module {module}, which is for {use}", "choose a kernel: package with all drivers, such as linux-image-amd64 (those called cloud leave drivers out)");
            else if (loaded is not null)
                yield return new Finding("AU0302", severity, module, $"the initramfs has no module {module}, which is for {use}", "drivers: generic, or a list with it");
        }
        if (target.Compressor is { } compressor && kernel.HasConfig && kernel.Option("SQUASHFS_" + compressor) is null)
            yield return new Finding("AU0303", Severity.High, compressor.ToLowerInvariant(), $"kernel {kernel.Release} is configured without SQUASHFS_{compressor}: it cannot read the layer", "compression: with a name that this kernel knows");
        if (loaded is not null && loaded.Release is { } built && built != kernel.Release)
            yield return new Finding("AU0304", Severity.High, "initramfs", $"the initramfs was made for kernel {built}, and the root file system has {kernel.Release}: no module loads", "build the image again");
    }

    /// <summary>The kernel that the initramfs is for, else the newest.</summary>
    private static InstalledKernel KernelOf(AuditTarget target, InitramfsModules? loaded) =>
        target.Kernels.FirstOrDefault(kernel => kernel.Release == loaded?.Release) ?? target.Kernels.MaxBy(kernel => kernel.Upstream)!;

    private sealed record InitramfsModules(string? Release, HashSet<string> Files);

    /// <summary>Modules as files, wherever they lie; and the release: ours says it in a file, others by the folder's name.</summary>
    private static InitramfsModules ModulesOf(Formats.Trees.Tree initramfs)
    {
        var files = new HashSet<string>(StringComparer.Ordinal);
        string? release = null;
        foreach (var (path, node) in initramfs.Walk())
        {
            if (node.IsDirectory)
                continue;
            var name = path[(path.LastIndexOf('/') + 1)..];
            if (path == $"{ModuleTable.Folder}/{ModuleTable.KernelFileName}")
                release = System.Text.Encoding.UTF8.GetString(node.Content.ToArray()).Trim();
            else if (name.IndexOf(".ko", StringComparison.Ordinal) is > 0 and var end)
                files.Add(KernelModule.Normalize(name[..end]));
            if (release is null && path.Split('/') is var parts && Array.IndexOf(parts, "modules") is > 0 and var at && at + 2 < parts.Length && parts[at + 2] == "kernel")
                release = parts[at + 1];
        }
        return new InitramfsModules(release, files);
    }
}
