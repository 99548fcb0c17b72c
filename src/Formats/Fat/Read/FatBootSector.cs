using System.Numerics;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Fat;

/// <summary>What a boot sector says (fatgen103, "Boot Sector and BPB"), checked against the image's length.</summary>
internal sealed record FatBootSector
{
    private const int Size = 512;
    private const int SignatureOffset = 510;
    private const int MaxFatCount = 4;
    private const int MaxFat12Clusters = 4084;
    private const int MaxFat16Clusters = 65524;
    private const int MaxFat32Clusters = 0x0FFFFFF5;

    public required FatType Type { get; init; }

    public required int SectorSize { get; init; }

    public required int ClusterSize { get; init; }

    public required int ClusterCount { get; init; }

    public required uint VolumeId { get; init; }

    /// <summary>The label as the boot sector has it; the root directory's own entry counts more.</summary>
    public required string Label { get; init; }

    /// <summary>First byte of the file allocation table that is used.</summary>
    public required long FatOffset { get; init; }

    /// <summary>FAT12 and FAT16: the root directory's own area, in bytes.</summary>
    public required (long Offset, int Length) RootArea { get; init; }

    /// <summary>FAT32: the root directory's first cluster; 0 for the others.</summary>
    public required uint RootCluster { get; init; }

    /// <summary>First byte of cluster 2.</summary>
    public required long DataOffset { get; init; }

    /// <summary>Length of the file system in bytes; the image may be longer.</summary>
    public required long Length { get; init; }

    /// <summary>True when the image begins like a FAT file system: jump, signature, plausible sizes.</summary>
    public static bool Begins(Content image)
    {
        if (image.Length < Size)
            return false;
        var sector = new byte[Size];
        image.Read(0, sector);
        var record = new RecordReader(sector);
        if (record.U8() is not (0xEB or 0xE9) || sector[SignatureOffset] != 0x55 || sector[SignatureOffset + 1] != 0xAA)
            return false;
        record.Skip(10);
        var (bytes, perCluster, reserved, fats) = (record.U16(), record.U8(), record.U16(), record.U8());
        return IsSectorSize(bytes) && BitOperations.IsPow2(perCluster) && reserved > 0 && fats is > 0 and <= MaxFatCount;
    }

    /// <exception cref="ImageException">IB2211: no FAT; IB2212: damaged; IB2213: the image is cut off.</exception>
    public static FatBootSector Read(Content image)
    {
        if (!Begins(image))
            throw FatError.Corrupt(FatError.NotFat, 0, "there is no FAT boot sector");
        var sector = new byte[Size];
        image.Read(0, sector);
        var record = new RecordReader(sector);
        record.Skip(11);
        int sectorSize = record.U16();
        int perCluster = record.U8();
        int reserved = record.U16();
        int fats = record.U8();
        int rootEntries = record.U16();
        long total = record.U16();
        record.Skip(1); // medium
        long fatSectors = record.U16();
        record.Skip(8); // geometry, hidden sectors
        if (record.U32() is var large && total == 0)
            total = large;
        record.At(36);
        var wide = fatSectors == 0;
        var active = 0;
        uint rootCluster = 0;
        if (wide)
        {
            fatSectors = record.U32();
            int flags = record.U16();
            active = (flags & 0x80) != 0 ? flags & 0x0F : 0; // one FAT only is kept, and which
            if (record.U16() is var version && version != 0)
                throw FatError.Corrupt(FatError.BootSector, 42, $"FAT32 of version {version >> 8}.{version & 0xFF}; expected 0.0");
            rootCluster = record.U32();
            record.Skip(16);
        }
        record.Skip(2);
        var hasId = record.U8() == 0x29;
        var id = record.U32();
        var label = hasId ? EntryName.Printable(record.Bytes(FatName.AliasSize)).TrimEnd() : "";

        var rootSectors = ((long)rootEntries * FatGeometry.DirectoryEntrySize + sectorSize - 1) / sectorSize;
        var dataSector = reserved + fats * fatSectors + rootSectors;
        var clusters = (total - dataSector) / perCluster;
        if (fatSectors == 0 || total <= dataSector || clusters < 1 || clusters > MaxFat32Clusters || active >= fats)
            throw FatError.Corrupt(FatError.BootSector, 11, $"{total} sectors, of which {dataSector} are tables, leave no room for files");
        var type = wide ? FatType.Fat32 : clusters <= MaxFat12Clusters ? FatType.Fat12 : FatType.Fat16;
        if (type == FatType.Fat16 && clusters > MaxFat16Clusters)
            throw FatError.Corrupt(FatError.BootSector, 11, $"{clusters} clusters in FAT16; at most {MaxFat16Clusters} are possible");
        if ((clusters + FatGeometry.FirstCluster) * (int)type > fatSectors * sectorSize * 8)
            throw FatError.Corrupt(FatError.BootSector, wide ? 36 : 22, $"a FAT of {fatSectors} sectors is too small for {clusters} clusters");
        if (total * sectorSize > image.Length)
            throw FatError.Corrupt(FatError.CutOff, image.Length, $"the file system has {total * sectorSize} bytes, the image only {image.Length}: it is cut off");
        return new FatBootSector
        {
            Type = type,
            SectorSize = sectorSize,
            ClusterSize = sectorSize * perCluster,
            ClusterCount = (int)clusters,
            VolumeId = hasId ? id : 0,
            Label = label == "NO NAME" ? "" : label,
            FatOffset = (reserved + active * fatSectors) * sectorSize,
            RootArea = wide ? (0, 0) : ((reserved + fats * fatSectors) * sectorSize, rootEntries * FatGeometry.DirectoryEntrySize),
            RootCluster = rootCluster,
            DataOffset = dataSector * sectorSize,
            Length = total * sectorSize,
        };
    }

    private static bool IsSectorSize(int bytes) => bytes is 512 or 1024 or 2048 or 4096;
}
