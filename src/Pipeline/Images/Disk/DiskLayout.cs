using ImageBuilder.Formats;
using ImageBuilder.Formats.Gpt;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Pipeline.Images.Disk;

/// <summary>Where every partition of a disk lies. FORMAT.md has the table and the reasons. Positions and sizes are in bytes.</summary>
internal sealed class DiskLayout
{
    /// <summary>Partitions begin at multiples of this.</summary>
    public const long Alignment = 1 << 20;

    /// <summary>Names of the partitions (PARTLABEL) that have no name elsewhere.</summary>
    public const string Bios = "bios", Esp = EspHints.Label, BootA = "ib-boot-a", BootB = "ib-boot-b";

    private const long BiosSize = 1 << 20;

    // Room for kernels and initramfs images to come: partitions cannot grow later.
    private const long LeastBootSize = 64 << 20;

    // FAT32, which every firmware reads, has at least 65,525 clusters; with sectors of 4096 bytes these are no smaller.
    private const long LeastEspSize = 96 << 20, LeastEspSize4096 = 288 << 20;
    private const long LoaderSize = 16 << 20;

    private readonly List<Part> parts = [];

    private DiskLayout(int sectorSize, long size) => (SectorSize, Size) = (sectorSize, size);

    /// <summary>A partition.</summary>
    /// <param name="Name">Its PARTLABEL.</param>
    /// <param name="Type">Its type.</param>
    /// <param name="Offset">Its first byte on the disk.</param>
    /// <param name="Length">Its length.</param>
    public sealed record Part(string Name, Guid Type, long Offset, long Length);

    /// <summary>Bytes of a sector: 512 or 4096.</summary>
    public int SectorSize { get; }

    /// <summary>Bytes of the disk.</summary>
    public long Size { get; }

    /// <summary>True where a BIOS can start it: none reads disks with sectors of 4096 bytes.</summary>
    public bool HasBios => SectorSize == 512;

    /// <summary>The partitions in the table's order.</summary>
    public IReadOnlyList<Part> Parts => parts;

    /// <summary>The partition of a name.</summary>
    public Part this[string name] => parts.Single(part => part.Name == name);

    /// <summary>The number of the partition of a name, from 1.</summary>
    public int NumberOf(string name) => parts.FindIndex(part => part.Name == name) + 1;

    /// <summary>Places everything.</summary>
    /// <param name="size">Bytes of the disk; null for what is needed, with the least data partition and the reserve.</param>
    /// <param name="sectorSize">512 or 4096.</param>
    /// <param name="bootSet">Bytes of the boot set.</param>
    /// <param name="system">Bytes of the factory stack.</param>
    /// <param name="reserve">Bytes of the data partition that what is kept leaves free for an update.</param>
    /// <exception cref="ImageException">IB5122: the size is too small, or no whole number of MiB.</exception>
    public static DiskLayout Of(long? size, int sectorSize, long bootSet, long system, long reserve)
    {
        var (esp, boot) = SizesFor(sectorSize, bootSet);
        long fixedLength = Alignment + (sectorSize == 512 ? BiosSize : 0) + esp + 2 * boot + PartitionCopies.PartitionLength + AlignUp(system);
        var least = fixedLength + DataFileSystem.LeastLength + Alignment; // the last MiB holds the backup of the table
        if (size is { } given && (given < least || given % Alignment != 0))
            throw new ImageException(ImageErrorKind.Spec, "IB5122", given < least
                ? $"disk.size: {given >> 20}M is too small: this image needs {least >> 20}M, of which {DataFileSystem.LeastLength >> 20}M are the data partition; give at least `size: {least >> 20}M`, or leave it out"
                : $"disk.size: {given} bytes is no whole number of MiB; write it as `size: {(given + Alignment - 1) >> 20}M`");
        var layout = new DiskLayout(sectorSize, size ?? least + AlignUp(reserve));
        if (layout.HasBios)
            layout.Add(Bios, GptType.BiosBoot, BiosSize);
        layout.Add(Esp, GptType.EfiSystem, esp);
        layout.Add(BootA, GptType.LinuxReserved, boot);
        layout.Add(BootB, GptType.LinuxReserved, boot);
        layout.Add(PartitionCopies.Label, GptType.LinuxReserved, PartitionCopies.PartitionLength);
        layout.Add(FactoryPartition.Label, GptType.LinuxReserved, AlignUp(system));
        layout.Add(DataLayout.Label, GptType.LinuxFileSystem, layout.Size - Alignment - fixedLength);
        return layout;
    }

    /// <summary>The partition tables.</summary>
    /// <param name="guid">A GUID for a purpose.</param>
    public GptTable Table(Func<string, Guid> guid)
    {
        var sector = (ulong)SectorSize;
        return GptTable.Layout(new GptOptions { SectorSize = SectorSize, TotalSectors = (ulong)Size / sector, DiskGuid = guid("gpt") },
            [.. parts.Select(part => new GptPartition(part.Type, guid($"gpt {part.Name}"), (ulong)part.Offset / sector, (ulong)(part.Offset + part.Length) / sector - 1, part.Name))]);
    }

    /// <summary>The EFI system partition holds a boot set and the boot loader; a slot's partition a boot set that may become twice as large.</summary>
    private static (long Esp, long Boot) SizesFor(int sectorSize, long bootSet) =>
        (Math.Max(sectorSize == 512 ? LeastEspSize : LeastEspSize4096, AlignUp(2 * bootSet + LoaderSize)), Math.Max(LeastBootSize, AlignUp(2 * bootSet)));

    private static long AlignUp(long length) => (length + Alignment - 1) / Alignment * Alignment;

    private void Add(string name, Guid type, long length) => parts.Add(new Part(name, type, parts.Count == 0 ? Alignment : parts[^1].Offset + parts[^1].Length, length));
}
