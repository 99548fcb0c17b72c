using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>
/// An ISO 9660 volume that exists, ours or made by others: Rock Ridge with relocated directories, Joliet, files of several sections, El Torito.
/// Everything read is checked first; a damaged or hostile image gives an error that names the byte. See FORMAT.md.
/// </summary>
public sealed partial class IsoVolume
{
    private const int MaxDescriptors = 64;
    private static readonly Block FirstDescriptor = new(16);
    private readonly Content image;
    private readonly long origin;
    private readonly long? catalog;
    private readonly List<IsoRegion> descriptors;

    private IsoVolume(Content image, long origin, IsoDescriptor primary, IsoDescriptor? joliet, long? catalog, List<IsoRegion> descriptors)
    {
        this.image = image;
        this.origin = origin;
        this.catalog = catalog;
        this.descriptors = descriptors;
        (Primary, Joliet) = (primary, joliet);
        var systemUse = SystemUse();
        if (systemUse.Skip is not null && OwnRecord(primary.Root) is { } own)
        {
            Extensions = [.. systemUse.Entries(own, isRoot: true).Where(entry => entry.Signature == "ER" && entry.Bytes.Length > 8)
                .Select(entry => EntryName.Printable(entry.Bytes.AsSpan(8, Math.Min(entry.Bytes[4], entry.Bytes.Length - 8))))];
            HasRockRidge = systemUse.Skip is not null;
        }
    }

    /// <summary>The primary volume descriptor.</summary>
    public IsoDescriptor Primary { get; }

    /// <summary>Joliet's, if there is one.</summary>
    public IsoDescriptor? Joliet { get; }

    /// <summary>True when the volume uses the System Use Sharing Protocol, which in practice means Rock Ridge.</summary>
    public bool HasRockRidge { get; }

    /// <summary>What the volume's extensions call themselves (SUSP ER): "RRIP_1991A", "IEEE_1282".</summary>
    public IReadOnlyList<string> Extensions { get; } = [];

    /// <summary>The richest view there is.</summary>
    public IsoNameSpace BestNames => HasRockRidge ? IsoNameSpace.RockRidge : Joliet is not null ? IsoNameSpace.Joliet : IsoNameSpace.Plain;

    /// <summary>Length of the volume in bytes; the image may be longer.</summary>
    public long Length => new Block(Primary.BlockCount).Offset;

    /// <summary>True when an ISO 9660 volume begins at <paramref name="origin"/>.</summary>
    public static bool IsAt(Content image, long origin = 0)
    {
        var at = origin + FirstDescriptor.Offset;
        if (at > image.Length - Block.Size)
            return false;
        var start = new byte[6];
        image.Read(at, start);
        return start[0] <= VolumeDescriptors.SupplementaryType && start.AsSpan(1).SequenceEqual("CD001"u8);
    }

    /// <summary>Reads the descriptors.</summary>
    /// <param name="image">The whole image.</param>
    /// <param name="origin">Where the volume begins, and what its blocks are counted from, in bytes: other than 0 for a partition inside the image.</param>
    /// <exception cref="ImageException">IB2410: no ISO 9660 volume; IB2411 to IB2423: damaged, cut off or not supported.</exception>
    public static IsoVolume Open(Content image, long origin = 0)
    {
        if (!IsAt(image, origin))
            throw IsoError.Corrupt(IsoError.NotIso, origin + FirstDescriptor.Offset, image.Length - origin < FirstDescriptor.Offset + Block.Size
                ? $"the image of {image.Length} bytes ends before its volume descriptor" : "there is no ISO 9660 volume descriptor ('CD001')");
        IsoDescriptor? primary = null, joliet = null;
        long? catalog = null;
        var regions = new List<IsoRegion>();
        var block = new byte[Block.Size];
        for (var i = 0u; ; i++)
        {
            var at = origin + (FirstDescriptor + i).Offset;
            if (i == MaxDescriptors || at > image.Length - Block.Size)
                throw IsoError.Corrupt(IsoError.Descriptor, at, $"{i} volume descriptors and no terminator");
            image.Read(at, block);
            if (!block.AsSpan(1, 5).SequenceEqual("CD001"u8))
                throw IsoError.Corrupt(IsoError.Descriptor, at, "the row of volume descriptors has no terminator");
            regions.Add(new IsoRegion(at, Block.Size, KindOf(block)));
            switch (block[0])
            {
                case VolumeDescriptors.TerminatorType when primary is null:
                    throw IsoError.Corrupt(IsoError.Descriptor, at, "there is no primary volume descriptor");
                case VolumeDescriptors.TerminatorType:
                    return Check(new IsoVolume(image, origin, primary, joliet, catalog, regions));
                case VolumeDescriptors.PrimaryType:
                    primary ??= IsoDescriptor.Read(block, at);
                    break;
                case VolumeDescriptors.SupplementaryType:
                    joliet ??= IsoDescriptor.Read(block, at);
                    break;
                case VolumeDescriptors.BootRecordType when block.AsSpan(7).StartsWith("EL TORITO SPECIFICATION"u8):
                    catalog ??= new Block(System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(0x47))).Offset;
                    break;
                default:
                    break; // other systems' boot records, volume partitions: nothing of the tree
            }
        }
    }

    /// <summary>The file tree; contents stay in the image.</summary>
    /// <param name="names">Which of the volume's views; null for the richest. One the volume does not have gives plain names.</param>
    /// <exception cref="ImageException">IB2411 to IB2423: damaged or not supported.</exception>
    public Tree ReadTree(IsoNameSpace? names = null) => ReadTree(names, out _);

    /// <inheritdoc cref="ReadTree(IsoNameSpace?)"/>
    /// <param name="names">Which of the volume's views.</param>
    /// <param name="unread">What the image has beyond what a tree can hold, in words.</param>
    public Tree ReadTree(IsoNameSpace? names, out IReadOnlyList<string> unread)
    {
        var reader = Reader(names ?? BestNames, regions: null, out var descriptor);
        var tree = reader.Read(descriptor.Root);
        unread = [.. reader.Unread.Select(pair => pair.Key.Length == 0
            ? $"{pair.Value} associated files (other systems' side data) are not part of the tree"
            : $"{pair.Value} system use entries '{pair.Key}'{(pair.Key == "AL" ? " (extended attributes and ACLs of AAIP)" : "")} are not read")];
        return tree;
    }

    /// <summary>The boot catalog; null for an image without.</summary>
    /// <exception cref="ImageException">IB2416, IB2422: damaged.</exception>
    public BootCatalog? ReadBootCatalog() => catalog is { } at ? BootCatalog.Read(image, at) : null;

    private HierarchyReader Reader(IsoNameSpace names, List<IsoRegion>? regions, out IsoDescriptor descriptor)
    {
        descriptor = names == IsoNameSpace.Joliet && Joliet is not null ? Joliet : Primary;
        var systemUse = SystemUse();
        return new HierarchyReader(image, origin, descriptor.IsJoliet ? IsoNameSpace.Joliet : systemUse.Skip is null ? IsoNameSpace.Plain : names, systemUse, regions);
    }

    /// <summary>A reader that knows whether the volume uses SUSP.</summary>
    private SystemUseReader SystemUse()
    {
        var systemUse = new SystemUseReader(image, origin);
        if (OwnRecord(Primary.Root) is { } own)
            systemUse.Detect(own);
        return systemUse;
    }

    private static IsoVolume Check(IsoVolume volume)
    {
        if (volume.Length > volume.image.Length - volume.origin)
            throw IsoError.Corrupt(IsoError.Outside, volume.Primary.Offset + 80,
                $"the volume has {volume.Length} bytes, the image only {volume.image.Length - volume.origin}: it is cut off");
        foreach (var descriptor in new[] { volume.Primary, volume.Joliet }.OfType<IsoDescriptor>())
            foreach (var table in new[] { descriptor.LittleEndianPathTable, descriptor.BigEndianPathTable })
                if (volume.origin + new Block(table).Offset > volume.image.Length - descriptor.PathTableSize)
                    throw IsoError.Corrupt(IsoError.Outside, descriptor.Offset + 132, $"a path table of {descriptor.PathTableSize} bytes at block {table} passes the end of the image");
        return volume;
    }

    /// <summary>The record "." at the head of a directory, where SUSP announces itself; null for an empty directory.</summary>
    private RawDirectoryRecord? OwnRecord(RawDirectoryRecord directory)
    {
        var at = origin + new Block(directory.Block).Offset;
        if (directory.Length < RawDirectoryRecord.MinSize)
            return null;
        if (at > image.Length - Block.Size)
            throw IsoError.Corrupt(IsoError.Outside, directory.Offset, $"the root directory at block {directory.Block} lies outside the image");
        var block = new byte[Block.Size];
        image.Read(at, block);
        return RawDirectoryRecord.Read(block, at);
    }

    private static string KindOf(byte[] block) => block[0] switch
    {
        VolumeDescriptors.BootRecordType => "boot record",
        VolumeDescriptors.PrimaryType => "primary volume descriptor",
        VolumeDescriptors.SupplementaryType => "supplementary volume descriptor",
        VolumeDescriptors.TerminatorType => "volume descriptor terminator",
        var other => $"volume descriptor of type {other}",
    };
}
