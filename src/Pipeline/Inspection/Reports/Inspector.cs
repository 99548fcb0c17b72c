using System.Globalization;
using System.Text.Json;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Cpio;
using ImageBuilder.Formats.Fat;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Images.Disk;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Pipeline.Inspection.Reports;

/// <summary>
/// Explains an image, whoever made it: what it is, by its content; its structure, and what lies inside, as deep as it goes. Damage in one part is told
/// there and does not hide the rest.
/// </summary>
/// <param name="spool">Where compressed images are unpacked to.</param>
internal sealed partial class Inspector(Spool spool)
{
    private const int MaxDepth = 5;
    private const int MaxJson = 64 << 20;
    private static readonly string[] InitPaths = ["/init", "/sbin/init"];

    /// <summary>Explains a content.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="name">How to call it.</param>
    /// <param name="depth">How many images it lies inside.</param>
    public ImageReport Inspect(Content content, string name, int depth = 0)
    {
        var format = ImageFormats.Recognise(content);
        var report = new ImageReport(KindOf(format), TitleOf(format, content), name, content.Length);
        if (depth > MaxDepth)
        {
            report.Faults.Add($"more than {MaxDepth} images inside each other; this one was not looked into");
            return report;
        }
        try
        {
            Describe(report, format, content, depth);
        }
        catch (ImageException error) when (depth > 0 || format != ImageFormat.Unknown)
        {
            report.Faults.Add($"{error.Id}: {error.Message}");
        }
        return report;
    }

    /// <summary>The files in an image.</summary>
    /// <exception cref="ImageException">IB5223: an image without files of its own, or an unknown one; errors of the readers.</exception>
    public Tree Files(Content content, string name) => ImageFormats.Recognise(content) switch
    {
        ImageFormat.Iso9660 => IsoVolume.Open(content).ReadTree(),
        ImageFormat.SquashFs => SquashFsImage.Open(content).ReadTree(),
        ImageFormat.Fat => FatVolume.Open(content).ReadTree(),
        ImageFormat.Tar => TarReader.Read(content),
        ImageFormat.Cpio => CpioImage.Read(content).Tree,
        ImageFormat.Disk when DeviceDisk.OpenIfDisk(content) is { } disk => disk.Tree,
        ImageFormat.Compressed => Files(spool.Decompress(ImageFormats.Compression(content), content, name), name),
        var format => throw new ImageException(ImageErrorKind.Unsupported, "IB5223",
            $"{name} is {TitleOf(format, content)}: there are no files to unpack. ISO, SquashFS, FAT, initramfs and tar images have some"),
    };

    private void Describe(ImageReport report, ImageFormat format, Content content, int depth)
    {
        switch (format)
        {
            case ImageFormat.Iso9660:
                DescribeIso(report, content, depth);
                break;
            case ImageFormat.SquashFs:
                DescribeSquashFs(report, content);
                break;
            case ImageFormat.Fat:
                DescribeFat(report, content, depth);
                break;
            case ImageFormat.Disk:
                DescribeDisk(report, content, depth);
                break;
            case ImageFormat.FactoryStack:
                DescribeFactoryStack(report, content, depth);
                break;
            case ImageFormat.StateRecord:
                StateReport.Describe(report, content);
                break;
            case ImageFormat.Ext:
                ExtReport.Describe(report, content);
                break;
            case ImageFormat.Cpio:
                DescribeCpio(report, content);
                break;
            case ImageFormat.Tar:
                var tar = TarReader.Read(content);
                TreeReport.AddSystem(report, tar);
                TreeReport.AddFiles(report, tar);
                break;
            case ImageFormat.Compressed:
                report.Parts.Add(Inspect(spool.Decompress(ImageFormats.Compression(content), content, report.Name), "unpacked", depth + 1));
                break;
            case ImageFormat.Kernel:
                report.Add("version", KernelReport.Version(content));
                break;
            case ImageFormat.Json:
                DescribeJson(report, content);
                break;
            default:
                report.Faults.Add(NotKnown(content));
                break;
        }
    }

    private static void DescribeSquashFs(ImageReport report, Content content)
    {
        var image = SquashFsImage.Open(content);
        var tree = image.ReadTree();
        TreeReport.AddSystem(report, tree);
        var description = image.Describe();
        report.Add("version", description.Version);
        report.Add("compressor", description.Compressor);
        report.Add("compressorOptions", string.Join(", ", description.CompressorOptions.Select(option => $"{option.Key} {option.Value}")));
        report.Add("blockSize", description.BlockSize);
        report.Add("flags", string.Join(", ", description.Flags));
        report.Add("made", Time(description.ModificationTime));
        report.Add("inodes", description.Inodes);
        report.Add("fragments", description.Fragments);
        report.Add("ids", description.Ids);
        report.Add("xattrSets", description.XattrSets);
        report.Add("bytesUsed", description.BytesUsed);
        var parts = new ReportTable("structure", "name", "offset", "length", "uncompressed");
        foreach (var part in description.Parts)
            parts.Add(part.Name, part.Offset, part.Length, part.Uncompressed);
        report.Add(parts);
        TreeReport.AddFiles(report, tree);
    }

    private void DescribeFat(ImageReport report, Content content, int depth)
    {
        var volume = FatVolume.Open(content);
        var tree = volume.ReadTree();
        report.Add("type", volume.Type.ToString().ToUpperInvariant());
        report.Add("label", volume.Label);
        report.Add("volumeId", $"{volume.VolumeId >> 16:X4}-{volume.VolumeId & 0xFFFF:X4}");
        report.Add("sectorSize", volume.SectorSize);
        report.Add("clusterSize", volume.ClusterSize);
        report.Add("clusters", volume.ClusterCount);
        AddEfiFiles(report, tree);
        var menu = AddMenu(report, tree);
        AddKernels(report, tree, menu.Select(entry => entry.Kernel).Append(DiskImage.KernelPath));
        TreeReport.AddFiles(report, tree);
        foreach (var path in menu.SelectMany(entry => entry.Initramfs).Select(WithoutDevice).Distinct(StringComparer.Ordinal).Take(MaxNested))
            if (Find(tree, path) is { } initramfs)
                report.Parts.Add(Inspect(initramfs.Content, path, depth + 1));
    }

    private void DescribeFactoryStack(ImageReport report, Content content, int depth)
    {
        var factory = FactoryPartition.Read((offset, buffer) => content.Read(offset, buffer), content.Length);
        var manifest = factory.Manifest;
        report.Add("stack", manifest.Id.ToString());
        report.Add("stackName", manifest.Name);
        report.Add("stackVersion", manifest.Version);
        report.Add("epoch", (long)manifest.Epoch);
        report.Add("compatible", string.Join(", ", manifest.Compatible));
        report.Add("bootSet", manifest.Boot?.Sha256);
        var layers = new ReportTable("layers", "number", "offset", "length", "sha256");
        foreach (var (number, layer) in manifest.Layers.Index())
            layers.Add(number, factory.Offsets[number], layer.Size, layer.Sha256);
        report.Add(layers);
        foreach (var (number, layer) in manifest.Layers.Index().Take(MaxNested))
            report.Parts.Add(Inspect(content.Slice(factory.Offsets[number], layer.Size), $"layer {number}", depth + 1));
    }

    private static void DescribeCpio(ImageReport report, Content content)
    {
        var image = CpioImage.Read(content);
        var archives = new ReportTable("archives", "offset", "length", "compression", "unpackedLength", "entries", "firstName");
        foreach (var segment in image.Segments)
            archives.Add(segment.Offset, segment.Length, segment.Compression, segment.UnpackedLength, segment.Entries, segment.FirstName);
        TreeReport.AddSystem(report, image.Tree);
        report.Add("init", string.Join(", ", InitPaths.Where(path => image.Tree.Resolve(path) is not null)));
        report.Add(archives);
        TreeReport.AddFiles(report, image.Tree);
    }

    private static void DescribeJson(ImageReport report, Content content)
    {
        try
        {
            using var document = JsonDocument.Parse(content.ToArray(MaxJson));
            foreach (var property in document.RootElement.EnumerateObject())
                report.Add(property.Name, property.Value.ValueKind switch
                {
                    JsonValueKind.String => property.Value.GetString(),
                    JsonValueKind.Number => property.Value.GetRawText(),
                    JsonValueKind.Array => $"{property.Value.GetArrayLength()} entries",
                    _ => null,
                });
        }
        catch (JsonException error)
        {
            report.Faults.Add($"this is no JSON, though it begins with a brace: {error.Message}");
        }
    }

    private static void AddEfiFiles(ImageReport report, Tree tree)
    {
        var files = new ReportTable("efiFiles", "path", "bytes");
        foreach (var (path, node) in tree.Walk())
            if (node.Kind == NodeKind.File && path.EndsWith(".efi", StringComparison.OrdinalIgnoreCase))
                files.Add(path, node.Content.Length);
        report.Add(files);
    }

    private static IReadOnlyList<BootMenuEntry> AddMenu(ImageReport report, Tree tree)
    {
        var menu = new ReportTable("menuEntries", "file", "title", "kernel", "initramfs", "commandLine");
        var entries = BootMenu.Read(tree);
        foreach (var entry in entries)
            menu.Add(entry.File, entry.Title, entry.Kernel, string.Join(' ', entry.Initramfs), entry.CommandLine);
        report.Add(menu);
        return entries;
    }

    private static string NotKnown(Content content)
    {
        var start = new byte[Math.Min(8, content.Length)];
        content.Read(0, start);
        return ImageFormats.KnownBy(content) is { } known
            ? $"IB5222: this is {known}, which is not read here"
            : $"IB5222: this is no ISO 9660, SquashFS, FAT, ext, GPT or MBR disk, cpio, tar, gzip, xz or zstd image; its first bytes are {Convert.ToHexString(start)}";
    }

    private static string KindOf(ImageFormat format) => format switch
    {
        ImageFormat.Iso9660 => "iso9660",
        ImageFormat.SquashFs => "squashfs",
        ImageFormat.Fat => "fat",
        ImageFormat.Disk => "disk",
        ImageFormat.Ext => "ext",
        ImageFormat.FactoryStack => "factoryStack",
        ImageFormat.StateRecord => "stateRecord",
        ImageFormat.Cpio => "initramfs",
        ImageFormat.Tar => "tar",
        ImageFormat.Compressed => "compressed",
        ImageFormat.Kernel => "kernel",
        ImageFormat.Json => "json",
        _ => "unknown",
    };

    private static string TitleOf(ImageFormat format, Content content) => format switch
    {
        ImageFormat.Iso9660 => "ISO 9660 image",
        ImageFormat.SquashFs => "SquashFS image",
        ImageFormat.Fat => "FAT file system",
        ImageFormat.Disk => "disk image with partitions",
        ImageFormat.Ext => $"{ExtReport.TypeOf(content)} file system",
        ImageFormat.FactoryStack => "factory stack of an appliance",
        ImageFormat.StateRecord => "state record of an appliance",
        ImageFormat.Cpio => "initramfs (cpio archives)",
        ImageFormat.Tar => "tar archive",
        ImageFormat.Compressed => $"{ImageFormats.Compression(content).ToString().ToLowerInvariant()} file",
        ImageFormat.Kernel => "Linux kernel",
        ImageFormat.Json => "JSON document",
        _ => ImageFormats.KnownBy(content) ?? "nothing known",
    };

    private static string? Time(long seconds) => seconds == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
