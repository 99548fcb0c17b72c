using System.Globalization;
using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Fat;
using ImageBuilder.Formats.Gpt;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Images.Disk;
using ImageBuilder.Pipeline.Writing;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>The image of an appliance's disk: what it starts, and the layers of the stack that it is shipped with.</summary>
internal sealed class DeviceDisk
{
    private readonly Content disk;
    private readonly DiskTables tables;

    private DeviceDisk(Content disk, DiskTables tables)
    {
        (this.disk, this.tables) = (disk, tables);
        var system = Part(FactoryPartition.Label)!;
        Factory = FactoryPartition.Read((offset, buffer) => system.Read(offset, buffer), system.Length);
        Layers = [.. Factory.Offsets.Zip(Factory.Manifest.Layers, (offset, layer) => system.Slice(offset, layer.Size))];
        var esp = FatVolume.Open(Part(DiskLayout.Esp) ?? throw Missing(DiskLayout.Esp));
        DiskSelector = string.Create(CultureInfo.InvariantCulture, $"UUID={esp.VolumeId >> 16:X4}-{esp.VolumeId & 0xFFFF:X4}");
        Tree = ReadTree(esp);
    }

    /// <summary>The stack in <see cref="FactoryPartition.Label"/>, and where its layers lie.</summary>
    public FactoryPartition Factory { get; }

    /// <summary>The layers' SquashFS images, the uppermost first.</summary>
    public IReadOnlyList<Content> Layers { get; }

    /// <summary>The image of the factory stack's boot set, as slot A is shipped with it; null when the disk has none.</summary>
    public Content? BootSet => Factory.Manifest.Boot is { } boot && Part(DiskLayout.BootA) is { } part && boot.Size <= part.Length ? part.Slice(0, boot.Size) : null;

    /// <summary>A folder for each partition with files in it, the boot loader's first; partitions that hold something else are files.</summary>
    public Tree Tree { get; }

    /// <summary>
    /// What `ib.disk=` takes for this disk: the EFI system partition by its file system, whose identifier stays when the device gives its partitions
    /// new ones.
    /// </summary>
    public string DiskSelector { get; }

    /// <summary>The path in <see cref="Tree"/> of a layer; the uppermost is number 0.</summary>
    public static string LayerPath(int number) => string.Create(CultureInfo.InvariantCulture, $"/{FactoryPartition.Label}/{number}.squashfs");

    /// <summary>Opens a disk image; null when it is none of an appliance.</summary>
    /// <exception cref="ImageException">IB2306 to IB2310: the partition tables are damaged. IB6001, IB6004: the factory stack is. IB5125: a partition is missing. Errors of the FAT reader.</exception>
    public static DeviceDisk? OpenIfDisk(Content disk) =>
        MediumImage.HasTable(disk) && !IsoVolume.IsAt(disk) && DiskTables.Read(disk) is { Gpt: not null } tables && tables.Partitions.Any(part => part.Name == FactoryPartition.Label)
            ? new DeviceDisk(disk, tables) : null;

    /// <summary>The structure that holds a byte: "partition 3 (ib-boot-a), byte 512".</summary>
    public string Locate(long offset)
    {
        foreach (var (name, start, length) in tables.Structures.Concat(tables.Partitions.Select(part => ($"partition {part.Number} ({part.Name})", part.Offset, part.Length))))
            if (offset >= start && offset < start + length)
                return $"{name}, byte {offset - start}";
        return $"between partitions, byte {offset}";
    }

    private Content? Part(string name) => tables.Partitions.FirstOrDefault(part => part.Name == name) is { } found ? disk.Slice(found.Offset, found.Length) : null;

    private Tree ReadTree(FatVolume esp)
    {
        var tree = new Tree();
        tree.Put("/" + DiskLayout.Esp, esp.ReadTree().Root);
        for (var number = 0; number < Layers.Count; number++)
            tree.Put(LayerPath(number), Node.File(Layers[number]));
        tree.Put($"/{FactoryPartition.Label}/stack.json", Node.File(Content.From(Factory.Manifest.ToBytes())));
        foreach (var part in tables.Partitions.Where(part => part.Name is not (DiskLayout.Esp or FactoryPartition.Label)))
        {
            var content = disk.Slice(part.Offset, part.Length);
            var name = part.Name.Length > 0 && !part.Name.Contains('/', StringComparison.Ordinal) ? part.Name : $"partition-{part.Number}";
            tree.Root.Children[EntryName.From(Encoding.UTF8.GetBytes(name))] = FatVolume.IsFat(content) ? FatVolume.Open(content).ReadTree().Root : Node.File(content);
        }
        return tree;
    }

    private static ImageException Missing(string name) => new(ImageErrorKind.Corrupt, "IB5125", $"the disk has no partition {name}, which every disk with {FactoryPartition.Label} has");
}
