using ImageBuilder.Formats;
using ImageBuilder.Formats.Fat;
using ImageBuilder.Formats.Gpt;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Reports;

internal sealed partial class Inspector
{
    private const int MaxNested = 8;

    private void DescribeIso(ImageReport report, Content content, int depth)
    {
        var volume = IsoVolume.Open(content);
        var primary = volume.Primary;
        report.Add("volumeId", primary.VolumeId);
        report.Add("uuid", primary.Uuid);
        report.Add("systemId", primary.SystemId);
        report.Add("volumeSetId", primary.VolumeSetId);
        report.Add("publisherId", primary.PublisherId);
        report.Add("preparerId", primary.PreparerId);
        report.Add("applicationId", primary.ApplicationId);
        report.Add("volumeLength", volume.Length);
        report.Add("rockRidge", volume.HasRockRidge ? volume.Extensions is [] ? "yes" : string.Join(", ", volume.Extensions) : "no");
        report.Add("joliet", volume.Joliet is null ? "no" : $"yes, volume id {volume.Joliet.VolumeId}");
        var tree = volume.ReadTree(null, out var unread);
        report.Add("notRead", string.Join("; ", unread));
        report.Add("disk", tree.Resolve("/.disk/info") is { Kind: NodeKind.File, Content.Length: < 4096 } info ? System.Text.Encoding.UTF8.GetString(info.Content.ToArray()).Trim() : null);

        var efi = new SortedSet<long>();
        Guarded(report, () => AddBootEntries(report, volume, content, efi));
        Guarded(report, () => AddPartitions(report, content, efi));
        Guarded(report, volume.CheckPathTables);
        var menu = AddMenu(report, tree);
        AddEfiFiles(report, tree);
        AddKernels(report, tree, menu.Select(entry => entry.Kernel));
        TreeReport.AddFiles(report, tree);

        foreach (var at in efi)
            if (FatVolume.IsFat(content.Slice(at, content.Length - at)))
                report.Parts.Add(Inspect(Bounded(content, at), $"EFI image at byte {at}", depth + 1));
        var nested = LiveRoot.Layers(tree).ToList();
        foreach (var path in menu.SelectMany(entry => entry.Initramfs).Distinct(StringComparer.Ordinal))
            if (Find(tree, path) is { } initramfs && !nested.Exists(entry => entry.Node == initramfs))
                nested.Add((path, initramfs));
        foreach (var (path, node) in nested.Take(MaxNested))
            report.Parts.Add(Inspect(node.Content, path, depth + 1));
        if (nested.Count > MaxNested)
            report.Add("notLookedInto", string.Join(", ", nested.Skip(MaxNested).Select(entry => entry.Path)));
    }

    /// <summary>The FAT file system that begins at a byte, by its own length.</summary>
    private static Content Bounded(Content content, long at)
    {
        var rest = content.Slice(at, content.Length - at);
        try
        {
            return rest.Slice(0, FatVolume.Open(rest).Length);
        }
        catch (ImageException)
        {
            return rest; // what is wrong is told when it is looked into
        }
    }

    private void DescribeDisk(ImageReport report, Content content, int depth)
    {
        if (DiskTables.Read(content) is null)
        {
            report.Faults.Add(NotKnown(content));
            return;
        }
        var tables = AddPartitions(report, content, []);
        foreach (var partition in tables!.Partitions.Where(partition => partition.Length > 0).Take(MaxNested))
        {
            var part = content.Slice(partition.Offset, partition.Length);
            if (ImageFormats.Recognise(part) != ImageFormat.Unknown)
                report.Parts.Add(Inspect(part, partition.Name.Length > 0 ? $"partition {partition.Number} ({partition.Name})" : $"partition {partition.Number}", depth + 1));
        }
    }

    private static void AddBootEntries(ImageReport report, IsoVolume volume, Content content, SortedSet<long> efi)
    {
        if (volume.ReadBootCatalog() is not { } catalog)
            return;
        report.Add("bootCatalogOffset", catalog.Offset);
        var table = new ReportTable("bootEntries", "platform", "bootable", "media", "offset", "loadBytes", "image");
        foreach (var entry in catalog.Entries)
        {
            var where = entry.Offset < content.Length ? volume.Locate(entry.Offset).Split(", byte ")[0] : "behind the end of the image";
            table.Add(entry.Platform.ToString(), entry.IsBootable, entry.Media.ToString(), entry.Offset, entry.Length, where);
            if (entry.Platform == BootPlatform.Efi && entry.Offset < content.Length)
                efi.Add(entry.Offset);
        }
        report.Add(table);
    }

    private static DiskTables? AddPartitions(ImageReport report, Content content, SortedSet<long> efi)
    {
        if (DiskTables.Read(content) is not { } tables)
            return null;
        report.Add("partitionTable", TableNames(tables));
        report.Add("bootCode", tables.Mbr?.HasBootCode);
        report.Add("diskId", tables.Gpt?.DiskGuid.ToString() ?? (tables.Mbr is null ? null : $"{tables.Mbr.DiskSignature:x8}"));
        if (tables is { Gpt: not null, Mbr: { IsProtective: false } beside })
            report.Add("mbrDiskId", $"{beside.DiskSignature:x8}"); // without a protective MBR Linux overlooks the GPT, and its PARTUUIDs are made of this
        if (tables.Gpt is { } gpt)
        {
            report.Add("sectorSize", gpt.SectorSize);
            if (gpt.PrimaryFault is { } fault)
                report.Faults.Add($"the primary GPT is damaged, the backup was read: {fault}");
            if (gpt.BackupFault is { } backup)
                report.Faults.Add($"the backup GPT is damaged: {backup}");
        }
        if (tables.Apple?.Fault is { } damage)
            report.Faults.Add(damage);
        AddPartitions(report, "partitions", content, tables.Partitions, efi);
        if (tables is { Gpt: not null, Mbr: { } mbr })
        {
            var legacy = new ReportTable("mbrPartitions", "number", "type", "active", "firstSector", "sectors");
            foreach (var (number, partition) in mbr.Partitions)
                legacy.Add(number, MbrType.NameOf(partition.Type) ?? $"0x{partition.Type:x2}", partition.Active, (long)partition.FirstSector, (long)partition.SectorCount);
            report.Add(legacy);
        }
        if (tables.Apple is { } apple && apple.Partitions != tables.Partitions)
            AddPartitions(report, "applePartitions", content, apple.Partitions, efi);
        return tables;
    }

    private static string TableNames(DiskTables tables)
    {
        var name = (tables.Gpt, tables.Mbr) switch
        {
            (null, null) => "",
            (null, _) => "MBR",
            (_, null) => "GPT without MBR",
            (_, { IsProtective: true }) => "GPT",
            _ => "GPT beside an MBR that names partitions too",
        };
        return tables.Apple is null ? name : name.Length == 0 ? "Apple partition map" : $"{name}, and an Apple partition map";
    }

    private static void AddPartitions(ImageReport report, string name, Content content, IEnumerable<DiskPartition> partitions, SortedSet<long> efi)
    {
        var table = new ReportTable(name, "number", "type", "name", "offset", "length", "holds");
        foreach (var partition in partitions)
        {
            var inside = content.Slice(partition.Offset, partition.Length);
            var format = ImageFormats.Recognise(inside);
            table.Add(partition.Number, partition.Type, partition.Name, partition.Offset, partition.Length, format == ImageFormat.Unknown ? ImageFormats.KnownBy(inside) : TitleOf(format, inside));
            if (format == ImageFormat.Fat)
                efi.Add(partition.Offset);
        }
        report.Add(table);
    }

    private static void AddKernels(ImageReport report, Tree tree, IEnumerable<string> paths)
    {
        var kernels = new ReportTable("kernels", "path", "version", "bytes");
        foreach (var path in paths.Select(WithoutDevice).Distinct(StringComparer.Ordinal))
            if (Find(tree, path) is { } kernel)
                kernels.Add(path, KernelReport.Version(kernel.Content) ?? "", kernel.Content.Length);
        report.Add(kernels);
    }

    /// <summary>A file that a menu names; loaders on FAT and plain ISO know no case, and GRUB may put a device before the path.</summary>
    private static Node? Find(Tree tree, string path)
    {
        path = WithoutDevice(path);
        return path.Split('/').Contains("..") ? null : tree.Resolve(path) is { Kind: NodeKind.File } file ? file : null;
    }

    private static string WithoutDevice(string path) => path.StartsWith('(') ? path[(path.IndexOf(')', StringComparison.Ordinal) + 1)..] : path;

    /// <summary>Damage of one structure does not hide the others.</summary>
    private static void Guarded(ImageReport report, Action describe)
    {
        try
        {
            describe();
        }
        catch (ImageException error)
        {
            report.Faults.Add($"{error.Id}: {error.Message}");
        }
    }
}
