namespace ImageBuilder.Formats.Fat;

/// <summary>Where the areas of a FAT file system lie; positions and sizes in sectors (fatgen103, "Boot Sector and BPB").</summary>
internal sealed record FatGeometry
{
    public const int FatCount = 2;
    public const int DirectoryEntrySize = 32;
    public const int FirstCluster = 2;
    private const int MaxFat12Clusters = 4084;
    private const int MaxFat16Clusters = 65524;
    private const int MaxFat32Clusters = 0x0FFFFFF5;
    private const int MaxClusterSize = 32 << 10;

    public required FatType Type { get; init; }

    public required int SectorSize { get; init; }

    public required int SectorsPerCluster { get; init; }

    public required int ClusterCount { get; init; }

    /// <summary>Entries in the root directory's own area; 0 for FAT32, whose root is a chain of clusters.</summary>
    public required int RootEntries { get; init; }

    public int ReservedSectors => Reserved(Type);

    public int FatSectors => FatSize(Type, SectorSize, ClusterCount);

    public int RootSectors => RootSize(Type, SectorSize, RootEntries);

    public int ClusterSize => SectorSize * SectorsPerCluster;

    public long DataSector => ReservedSectors + (long)FatCount * FatSectors + RootSectors;

    /// <summary>Sectors that the file system uses; the image may be longer.</summary>
    public long TotalSectors => DataSector + (long)ClusterCount * SectorsPerCluster;

    /// <summary>The largest cluster count of a type.</summary>
    public static int MaxClusters(FatType type) => type switch
    {
        FatType.Fat12 => MaxFat12Clusters,
        FatType.Fat16 => MaxFat16Clusters,
        _ => MaxFat32Clusters,
    };

    /// <summary>The smallest cluster count of a type.</summary>
    public static int MinClusters(FatType type) => type switch
    {
        FatType.Fat12 => 1,
        FatType.Fat16 => MaxFat12Clusters + 1,
        _ => MaxFat16Clusters + 1,
    };

    /// <summary>Chooses the geometry for content whose need, in clusters, depends on type and cluster size.</summary>
    /// <exception cref="ImageException">IB2601: impossible sector, cluster or image size; IB2602: the content does not fit.</exception>
    public static FatGeometry Choose(FatOptions options, Func<FatType, int, long> clustersNeeded)
    {
        Check(options);
        var candidates = Candidates(options).Select(choice => options.Size is { } size
            ? ForSize(options, choice.Type, choice.ClusterSize, size)
            : ForContent(options, choice.Type, choice.ClusterSize, clustersNeeded(choice.Type, choice.ClusterSize)))
            .OfType<FatGeometry>().ToList();
        if (candidates.Count == 0)
            throw new ImageException(ImageErrorKind.Unsupported, "IB2601", (options.Size is { } bytes ? $"{bytes} bytes" : "this content")
                + $" cannot be a file system of type {options.Type?.ToString() ?? "FAT"} with "
                + (options.ClusterSize is { } cluster ? $"clusters of {cluster} bytes" : $"sectors of {options.SectorSize} bytes")
                + "; leave type and cluster size open, or change the size");
        if (options.Size is null)
            return candidates.OrderBy(geometry => geometry.TotalSectors).ThenBy(geometry => geometry.Type).ThenByDescending(geometry => geometry.ClusterSize).First();

        // The preferred cluster size first, then coarser ones, then finer ones: the first in which the files fit.
        var wanted = PreferredClusterSize(options);
        var ordered = candidates.OrderBy(geometry => geometry.ClusterSize >= wanted ? 0 : 1).ThenBy(geometry => geometry.ClusterSize).ToList();
        var fitting = ordered.FirstOrDefault(geometry => clustersNeeded(geometry.Type, geometry.ClusterSize) <= geometry.ClusterCount);
        var preferred = ordered[0];
        return fitting ?? throw new ImageException(ImageErrorKind.LimitExceeded, "IB2602",
            $"the files need {clustersNeeded(preferred.Type, preferred.ClusterSize)} clusters of {preferred.ClusterSize} bytes; "
            + $"a FAT image of {options.Size} bytes has {preferred.ClusterCount}. Make it larger, or leave its size open");
    }

    private static void Check(FatOptions options)
    {
        if (options.SectorSize is not (512 or 1024 or 2048 or 4096))
            throw new ImageException(ImageErrorKind.Unsupported, "IB2601",
                $"a FAT sector has 512, 1024, 2048 or 4096 bytes, not {options.SectorSize}");
        if (options.ClusterSize is { } cluster && (cluster < options.SectorSize || cluster > MaxClusterSize || (cluster & (cluster - 1)) != 0))
            throw new ImageException(ImageErrorKind.Unsupported, "IB2601",
                $"a FAT cluster is a power of two from one sector ({options.SectorSize}) to {MaxClusterSize} bytes, not {cluster}");
        if (options.Size is { } size && (size <= 0 || size % options.SectorSize != 0 || size / options.SectorSize > uint.MaxValue))
            throw new ImageException(ImageErrorKind.Unsupported, "IB2601",
                $"a FAT image is a whole number of sectors of {options.SectorSize} bytes, at most 2^32 - 1; {size} bytes is not");
        var perSector = options.SectorSize / DirectoryEntrySize;
        if (options.RootEntries <= 0 || options.RootEntries > ushort.MaxValue || options.RootEntries % perSector != 0)
            throw new ImageException(ImageErrorKind.Unsupported, "IB2601",
                $"a FAT root directory fills whole sectors: a multiple of {perSector} entries up to 65,535, not {options.RootEntries}");
    }

    private static IEnumerable<(FatType Type, int ClusterSize)> Candidates(FatOptions options) =>
        from type in options.Type is { } wanted ? [wanted] : Enum.GetValues<FatType>()
        from cluster in options.ClusterSize is { } size ? [size] : PowersOfTwo(options.SectorSize)
        select (type, cluster);

    private static IEnumerable<int> PowersOfTwo(int from)
    {
        for (var size = from; size <= MaxClusterSize; size *= 2)
            yield return size;
    }

    /// <summary>fatgen103's tables of cluster sizes by disk size: small disks FAT12, up to 512 MiB FAT16, then FAT32.</summary>
    private static int PreferredClusterSize(FatOptions options) => Math.Max(options.SectorSize, (options.Size!.Value >> 20) switch
    {
        < 4 => 512,
        < 16 => 1 << 10,
        < 128 => 2 << 10,
        < 256 => 4 << 10,
        < 512 => 8 << 10,
        < 8 << 10 => 4 << 10,
        < 16 << 10 => 8 << 10,
        < 32 << 10 => 16 << 10,
        _ => 32 << 10,
    });

    private static FatGeometry? ForContent(FatOptions options, FatType type, int clusterSize, long needed)
    {
        // A type chosen by size must not be blown up to reach its smallest cluster count.
        if (needed > MaxClusters(type) || (options.Type is null && type != FatType.Fat12 && needed < MinClusters(type)))
            return null;
        return Make(options, type, clusterSize, Math.Max((int)needed, MinClusters(type)));
    }

    /// <summary>As many clusters as the size allows; null when that is another type's count.</summary>
    private static FatGeometry? ForSize(FatOptions options, FatType type, int clusterSize, long size)
    {
        var perCluster = clusterSize / options.SectorSize;
        var sectors = size / options.SectorSize;
        var room = sectors - Reserved(type) - RootSize(type, options.SectorSize, options.RootEntries);
        // Between two types, a disk may have a few clusters too many for the narrower one: they stay unused. More is a misfit.
        var clusters = Math.Min(room / perCluster, MaxClusters(type));
        while (clusters > 0 && clusters * perCluster + (long)FatCount * FatSize(type, options.SectorSize, (int)clusters) > room)
            clusters -= Math.Max(1, (clusters * perCluster + (long)FatCount * FatSize(type, options.SectorSize, (int)clusters) - room) / (perCluster + 1));
        if (clusters < MinClusters(type))
            return null;
        var geometry = Make(options, type, clusterSize, (int)clusters);
        var unused = sectors - geometry.TotalSectors;
        return clusters == MaxClusters(type) && options.ClusterSize is null && unused > sectors / 16 ? null
            : options.Type is null && clusters == MaxClusters(type) && ReachesWiderType(options, type, clusterSize, size) ? null : geometry;
    }

    private static bool ReachesWiderType(FatOptions options, FatType type, int clusterSize, long size) =>
        type != FatType.Fat32 && ForSize(options, type == FatType.Fat12 ? FatType.Fat16 : FatType.Fat32, clusterSize, size) is not null;

    private static FatGeometry Make(FatOptions options, FatType type, int clusterSize, int clusters) => new()
    {
        Type = type,
        SectorSize = options.SectorSize,
        SectorsPerCluster = clusterSize / options.SectorSize,
        ClusterCount = clusters,
        RootEntries = type == FatType.Fat32 ? 0 : options.RootEntries,
    };

    private static int Reserved(FatType type) => type == FatType.Fat32 ? 32 : 1;

    private static int RootSize(FatType type, int sectorSize, int rootEntries) =>
        type == FatType.Fat32 ? 0 : rootEntries * DirectoryEntrySize / sectorSize;

    private static int FatSize(FatType type, int sectorSize, int clusters) =>
        (int)((((long)clusters + FirstCluster) * (int)type + sectorSize * 8 - 1) / (sectorSize * 8));
}
