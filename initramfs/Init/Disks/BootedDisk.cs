using ImageBuilder.Linux;

namespace ImageBuilder.Init;

/// <summary>The disk that was started from, with its partitions by name: PARTLABEL, as the kernel read it from the table.</summary>
internal sealed class BootedDisk
{
    private const int SysfsSector = 512; // the unit of "size" in sysfs, whatever the disk's sector is
    private const string NameField = "PARTNAME=";
    private readonly SortedDictionary<string, DiskPart> parts = new(StringComparer.Ordinal);

    private BootedDisk(string name) => Name = name;

    /// <summary>The kernel's name: "vda".</summary>
    public string Name { get; }

    /// <summary>The device file.</summary>
    public string Path => $"/dev/{Name}";

    /// <summary>The partitions that have a name.</summary>
    public IReadOnlyCollection<DiskPart> Parts => parts.Values;

    /// <summary>The partition with a name; null when there is none.</summary>
    public DiskPart? Find(string label) => parts.GetValueOrDefault(label);

    /// <summary>The partition with a name.</summary>
    /// <exception cref="BootException">There is none.</exception>
    public DiskPart Get(string label) => Find(label) ?? throw new BootException($"there is no partition {label} on {Path}",
        ["The disk was not written completely, or its partition table is damaged: write the image again."],
        [$"partitions with a name: {(parts.Count == 0 ? "none" : string.Join(", ", parts.Values.Select(part => $"{part.Label} ({part.Path})")))}"]);

    /// <summary>Reads what the kernel knows of a disk.</summary>
    /// <param name="name">The disk's name.</param>
    /// <param name="sysfs">Where sysfs is mounted; tests give a folder of their own.</param>
    /// <exception cref="BootException">Two partitions have one name.</exception>
    public static BootedDisk Read(string name, string sysfs = "/sys")
    {
        var disk = new BootedDisk(name);
        foreach (var folder in Directory.EnumerateDirectories($"{sysfs}/class/block/{name}/").Order(StringComparer.Ordinal))
        {
            if (!int.TryParse(KernelFile.TryRead($"{folder}/partition"), out var number))
                continue;
            var label = KernelFile.TryRead($"{folder}/uevent")?.Split('\n').FirstOrDefault(line => line.StartsWith(NameField, StringComparison.Ordinal))?[NameField.Length..];
            if (label is null)
                continue;
            var part = new DiskPart(System.IO.Path.GetFileName(folder), number, label, long.TryParse(KernelFile.TryRead($"{folder}/size"), out var sectors) ? sectors * SysfsSector : 0);
            if (!disk.parts.TryAdd(label, part))
                throw new BootException($"two partitions of {disk.Path} are called {label}: {disk.parts[label].Path} and {part.Path}",
                    ["Give one of them another name, from another system (sgdisk -c)."]);
        }
        return disk;
    }
}

/// <summary>A partition of the disk that was started from.</summary>
/// <param name="Name">The kernel's name: "vda7".</param>
/// <param name="Number">Its number in the table.</param>
/// <param name="Label">Its name in the table.</param>
/// <param name="Length">In bytes.</param>
internal sealed record DiskPart(string Name, int Number, string Label, long Length)
{
    /// <summary>The device file.</summary>
    public string Path => $"/dev/{Name}";
}
