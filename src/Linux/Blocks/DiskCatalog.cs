namespace ImageBuilder.Linux.Blocks;

/// <summary>
/// The block devices that sysfs knows, with everything that tells one stick from another and a stick from a built-in disk
/// (kernel, Documentation/ABI/stable/sysfs-block and testing/sysfs-bus-usb).
/// </summary>
/// <param name="sysfs">Where sysfs is mounted; tests give a folder of their own.</param>
public sealed class DiskCatalog(string sysfs = "/sys")
{
    private const int SysfsSector = 512; // the unit of "size", whatever the disk's sector is
    private const string SysfsEscapedSlash = "!"; // "cciss!c0d0" is /dev/cciss/c0d0

    /// <summary>Subsystems whose devices can be unplugged while the machine runs.</summary>
    private static readonly string[] HotPluggable = ["usb", "mmc", "ieee1394", "pcmcia"];

    /// <summary>Names of all block devices, partitions too, in ordinal order.</summary>
    public IReadOnlyList<string> Names() => Directory.Exists(Class)
        ? [.. Directory.EnumerateFileSystemEntries(Class).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>One device; null when there is none of that name.</summary>
    public Disk? Find(string name)
    {
        name = name.Replace("/", SysfsEscapedSlash, StringComparison.Ordinal);
        var link = Path.Combine(Class, name);
        if (!Directory.Exists(link))
            return null;
        return Read(Directory.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName ?? link);
    }

    /// <summary>The device with a number, whatever its device file is called; null when there is none.</summary>
    /// <param name="number">"major:minor".</param>
    public Disk? FindByNumber(string number) =>
        Names().FirstOrDefault(name => Text(Path.Combine(Class, name), "dev") == number) is { } name ? Find(name) : null;

    private string Class => Path.Combine(sysfs, "class/block");

    private Disk Read(string folder)
    {
        var name = Path.GetFileName(folder);
        var isPartition = File.Exists(Path.Combine(folder, "partition"));
        var chain = Chain(folder);
        var partitions = isPartition ? [] : Directory.EnumerateDirectories(folder)
            .Where(child => File.Exists(Path.Combine(child, "partition")))
            .OrderBy(child => Number(child, "partition")).Select(Read).ToArray();
        return new Disk(name.Replace(SysfsEscapedSlash, "/", StringComparison.Ordinal), Text(folder, "dev"), Number(folder, "size") * SysfsSector)
        {
            Parent = isPartition ? Path.GetFileName(Path.GetDirectoryName(folder)) : null,
            IsReadOnly = Number(folder, "ro") != 0,
            IsRemovable = IsRemovable(folder, chain),
            Bus = Bus(folder, chain),
            Model = Model(folder, chain),
            Serial = Serial(folder, chain),
            Partitions = partitions,
            Holders = Directory.Exists(Path.Combine(folder, "holders"))
                ? [.. Directory.EnumerateFileSystemEntries(Path.Combine(folder, "holders")).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)]
                : [],
        };
    }

    /// <summary>The devices above a block device, nearest first, each with its subsystem.</summary>
    private (string Folder, string Subsystem)[] Chain(string folder)
    {
        var chain = new List<(string, string)>();
        var root = Path.GetFullPath(Path.Combine(sysfs, "devices"));
        for (var at = Path.GetDirectoryName(folder); at is not null && at.StartsWith(root + '/', StringComparison.Ordinal); at = Path.GetDirectoryName(at))
            if (new FileInfo(Path.Combine(at, "subsystem")).LinkTarget is { } subsystem)
                chain.Add((at, Path.GetFileName(subsystem)));
        return [.. chain];
    }

    private static bool IsRemovable(string folder, (string Folder, string Subsystem)[] chain)
    {
        if (Number(folder, "removable") != 0)
            return true;
        var plug = chain.FirstOrDefault(device => HotPluggable.Contains(device.Subsystem));
        return plug.Subsystem switch
        {
            null => false,
            "mmc" => !IsSoldered(plug.Folder),
            // The firmware says which USB devices are built in: "fixed".
            "usb" => !chain.Any(device => Text(device.Folder, "removable") == "fixed"),
            _ => true,
        };
    }

    /// <summary>eMMC, a built-in disk, is of type MMC; cards are SD.</summary>
    private static bool IsSoldered(string folder) => Text(folder, "type") == "MMC";

    private static string Bus(string folder, (string Folder, string Subsystem)[] chain)
    {
        if (Directory.Exists(Path.Combine(folder, "loop")))
            return "loop device";
        if (Directory.Exists(Path.Combine(folder, "dm")))
            return "device mapper";
        if (Directory.Exists(Path.Combine(folder, "md")))
            return "RAID";
        foreach (var (device, subsystem) in chain)
            switch (subsystem)
            {
                case "usb": return "USB";
                case "nvme": return "NVMe";
                case "virtio": return "virtio";
                case "ieee1394": return "FireWire";
                case "mmc": return IsSoldered(device) ? "eMMC" : "SD card";
                case "scsi" when chain.Any(above => Path.GetFileName(above.Folder).StartsWith("ata", StringComparison.Ordinal)): return "SATA";
            }
        return chain.Any(device => device.Subsystem == "scsi") ? "SCSI" : "";
    }

    private static string Model(string folder, (string Folder, string Subsystem)[] chain)
    {
        if (Text(folder, "loop/backing_file") is { Length: > 0 } file)
            return file;
        if (Text(folder, "dm/name") is { Length: > 0 } mapped)
            return mapped;
        var words = Words(Text(folder, "device/vendor"), Text(folder, "device/model"));
        // virtio's "vendor" is a number.
        if (words.Length > 0 && !words.StartsWith("0x", StringComparison.Ordinal))
            return words;
        var usb = chain.FirstOrDefault(device => File.Exists(Path.Combine(device.Folder, "idVendor"))).Folder;
        return usb is not null ? Words(Text(usb, "manufacturer"), Text(usb, "product")) : Text(folder, "device/name");
    }

    private static string Serial(string folder, (string Folder, string Subsystem)[] chain)
    {
        string[] places = [.. chain.Where(device => File.Exists(Path.Combine(device.Folder, "idVendor"))).Select(device => device.Folder), folder, Path.Combine(folder, "device")];
        return places.Select(place => Text(place, "serial")).FirstOrDefault(text => text.Length > 0) ?? "";
    }

    private static string Words(params string[] parts) => string.Join(' ', parts.Where(part => part.Length > 0));

    private static long Number(string folder, string attribute) => long.TryParse(Text(folder, attribute), out var number) ? number : 0;

    private static string Text(string folder, string attribute) => (KernelFile.TryRead(Path.Combine(folder, attribute)) ?? "").Trim();
}
