using System.Buffers.Binary;
using ImageBuilder.Formats.Gpt;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>The partition tables of an image that also boots from a USB stick: the system area in front, the backup GPT at the end.</summary>
internal sealed class HybridTables
{
    /// <summary>A stick's sector. Sticks with 4096-byte sectors see no partitions in such an image.</summary>
    private const int SectorSize = 512;

    private const uint SectorsPerBlock = Block.Size / SectorSize;
    private const int Grub2MbrOffset = 0x1B0;

    /// <summary>One cylinder of 64 heads and 32 sectors: old BIOSes guess a stick's geometry from where partitions end.</summary>
    private const int CylinderSize = 64 * 32 * SectorSize;

    private readonly HybridBoot options;
    private readonly GptTable? gpt;

    private HybridTables(HybridBoot options, GptTable? gpt, long length)
    {
        this.options = options;
        this.gpt = gpt;
        Length = length;
    }

    /// <summary>Length of the whole image in bytes.</summary>
    public long Length { get; }

    /// <summary>Where the ISO 9660 partition begins when it can be mounted as one: behind the system area, as libisofs does it.</summary>
    public static Block? PartitionStart(HybridBoot? options) => options?.Layout == HybridLayout.ValidGpt ? new Block(16) : null;

    /// <exception cref="ImageException">IB2209: boot code without a BIOS boot image; IB2402 to IB2407: GUIDs that do not serve.</exception>
    public static void Check(IsoOptions options)
    {
        if (options.Hybrid is { MbrBootCode: not null, Grub2Mbr: true } && options.BiosBoot is null)
            throw new ImageException(ImageErrorKind.Unsupported, "IB2209",
                "the image has MBR boot code but no BIOS boot image for it to load; give both or neither");
    }

    /// <summary>Places the tables around an image whose ISO 9660 part ends at <paramref name="isoEnd"/>.</summary>
    /// <param name="efi">The EFI image, behind the ISO 9660 part.</param>
    /// <param name="end">The end of everything but the backup GPT.</param>
    public static HybridTables Layout(HybridBoot options, Block isoEnd, (Block Start, uint Count)? efi, Block end)
    {
        if (options.Layout != HybridLayout.ValidGpt && end.Offset / SectorSize > uint.MaxValue - CylinderSize)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2204",
                $"an image of {end.Offset} bytes is too long for an MBR, which counts 2^32 sectors; use the layout {HybridLayout.ValidGpt}");
        if (options.Layout == HybridLayout.MbrOnly)
            return new HybridTables(options, null, Align(end.Offset, CylinderSize));
        var valid = options.Layout == HybridLayout.ValidGpt;
        var length = Align(end.Offset + (long)GptTable.BackupSectors(SectorSize) * SectorSize, valid ? Block.Size : CylinderSize);
        var first = PartitionStart(options) ?? default;
        var partitions = new List<GptPartition>
        {
            Partition(GptType.BasicData, options.IsoPartitionGuid, first, isoEnd, "ISO9660", GptAttributes.Required | GptAttributes.ReadOnly),
        };
        if (efi is { } esp)
            partitions.Add(Partition(GptType.EfiSystem, options.EfiPartitionGuid, esp.Start, esp.Start + esp.Count, "EFI system", GptAttributes.None));
        var table = GptTable.Layout(new GptOptions
        {
            DiskGuid = options.DiskGuid,
            TotalSectors = (ulong)length / SectorSize,
            SectorSize = SectorSize,
            FirstUsableLba = (ulong)first.Number * SectorsPerBlock,
            AllowInvalidPositions = !valid,
        }, partitions);
        return new HybridTables(options, table, length);
    }

    /// <summary>MBR and primary GPT: the first bytes of the image.</summary>
    public byte[] SystemArea(Block? bios, Block isoEnd, (Block Start, uint Count)? efi)
    {
        var area = new byte[16 * Block.Size];
        Mbr.Write(BootCode(bios), options.MbrDiskSignature, Partitions(isoEnd, efi)).CopyTo(area, 0);
        gpt?.WritePrimary().CopyTo(area, SectorSize);
        return area;
    }

    /// <summary>The backup GPT, if any.</summary>
    public void WriteEnd(SequentialWriter writer)
    {
        if (gpt is not null)
        {
            writer.PadTo((long)gpt.BackupLba * SectorSize);
            writer.Write(gpt.WriteBackup());
        }
        writer.PadTo(Length);
    }

    private byte[] BootCode(Block? bios)
    {
        if (options.MbrBootCode is not { } content)
            return [];
        var code = new byte[Mbr.BootCodeSize];
        content.Read(0, code.AsSpan(0, (int)Math.Min(code.Length, content.Length)));
        if (options.Grub2Mbr && bios is { } start)
            BinaryPrimitives.WriteUInt64LittleEndian(code.AsSpan(Grub2MbrOffset), ElTorito.Grub2MbrSector(start));
        return code;
    }

    private List<MbrPartition> Partitions(Block isoEnd, (Block Start, uint Count)? efi)
    {
        if (options.Layout == HybridLayout.ValidGpt)
            // Some BIOSes boot no stick without an active partition; an active entry of type 0 leaves the GPT valid.
            return [Mbr.Protective((ulong)Length / SectorSize), new MbrPartition(MbrType.Empty, 0, 1, Active: true)];
        var type = options.Layout == HybridLayout.MbrOnly ? MbrType.IsoHybrid : MbrType.Empty;
        // Without an EFI image the partition takes in the padding too, so that it ends on a cylinder.
        var sectors = efi is null && gpt is null ? (ulong)Length / SectorSize : (ulong)isoEnd.Number * SectorsPerBlock;
        var partitions = new List<MbrPartition> { new(type, 0, (uint)sectors, Active: true) };
        if (efi is { } esp)
            partitions.Add(new MbrPartition(MbrType.EfiSystem, esp.Start.Number * SectorsPerBlock, esp.Count * SectorsPerBlock));
        return partitions;
    }

    private static GptPartition Partition(Guid type, Guid id, Block start, Block end, string name, GptAttributes attributes) =>
        new(type, id, (ulong)start.Number * SectorsPerBlock, (ulong)end.Number * SectorsPerBlock - 1, name, attributes);

    private static long Align(long position, int to) => (position + to - 1) / to * to;
}
