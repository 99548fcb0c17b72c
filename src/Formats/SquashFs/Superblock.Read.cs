using System.Buffers.Binary;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

internal sealed partial record Superblock
{
    private const uint BigEndianMagic = 0x68737173; // "sqsh"

    /// <summary>The fields in order, for those who want to name a byte of the superblock.</summary>
    public static IReadOnlyList<(string Name, int Length)> Fields { get; } =
    [
        ("magic", 4), ("inode count", 4), ("modification time", 4), ("block size", 4), ("fragment count", 4), ("compressor", 2), ("block size, logarithm", 2), ("flags", 2),
        ("id count", 2), ("major version", 2), ("minor version", 2), ("root inode", 8), ("bytes used", 8), ("id table", 8), ("xattr table", 8), ("inode table", 8),
        ("directory table", 8), ("fragment table", 8), ("export table", 8),
    ];

    /// <summary>Byte of a field, by its name in <see cref="Fields"/>.</summary>
    public static int OffsetOf(string field) => Fields.TakeWhile(known => known.Name != field).Sum(known => known.Length);

    /// <summary>True when an image begins as SquashFS images do.</summary>
    public static bool Begins(Content image)
    {
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        if (image.Length < Size)
            return false;
        image.Read(0, magic);
        return BinaryPrimitives.ReadUInt32LittleEndian(magic) == Magic;
    }

    /// <summary>Reads and checks the superblock: every position in it lies in the image, in an order that is possible.</summary>
    /// <exception cref="ImageException">IB2120: damaged, or no SquashFS; IB2121: another version.</exception>
    public static Superblock Read(Content image)
    {
        if (image.Length < Size)
            throw SquashFsError.Corrupt(SquashFsError.Superblock, image.Length, $"it ends inside its superblock of {Size} bytes; this is no SquashFS image, or it was cut off");
        Span<byte> bytes = stackalloc byte[Size];
        image.Read(0, bytes);
        var record = new TableCursor(bytes);
        var magic = record.U32();
        var inodes = record.U32();
        var time = record.U32();
        var blockSize = record.U32();
        var fragments = record.U32();
        var compressor = (CompressorId)record.U16();
        var blockLog = record.U16();
        var flags = (SuperblockFlags)record.U16();
        var ids = record.U16();
        var (major, minor) = (record.U16(), record.U16());
        if (magic == BigEndianMagic || (magic == Magic && (major != MajorVersion || minor != MinorVersion)))
            throw SquashFsError.NotRead(OffsetOf("major version"), $"it has version {(magic == Magic ? $"{major}.{minor}" : "3 or older, big-endian")}; only 4.0 is read here. unsquashfs may unpack it");
        if (magic != Magic)
            throw SquashFsError.Corrupt(SquashFsError.Superblock, 0, "this is no SquashFS image: it does not begin with 'hsqs'");
        if (blockSize is < SquashFsOptions.MinBlockSize or > SquashFsOptions.MaxBlockSize || !uint.IsPow2(blockSize) || blockLog != uint.Log2(blockSize))
            throw Wrong("block size", $"{blockSize} bytes with logarithm {blockLog}; it is a power of two from {SquashFsOptions.MinBlockSize} to {SquashFsOptions.MaxBlockSize}");
        var root = record.U64();
        if (root >> 48 != 0 || (ushort)root >= MetadataBlock.Size)
            throw Wrong("root inode", $"its reference is 0x{root:x}");
        var bytesUsed = record.U64();
        if (bytesUsed < Size || bytesUsed > (ulong)image.Length)
            throw Wrong("bytes used", $"{bytesUsed}, but the image has {image.Length}: it was cut off, or its superblock is damaged");
        if (inodes == 0 || ids == 0 || fragments > inodes || ids > 2L * inodes)
            throw Wrong(ids == 0 || ids > 2L * inodes ? "id count" : fragments > inodes ? "fragment count" : "inode count", $"{inodes} inodes, {ids} ids and {fragments} fragments are not possible together");

        var idTable = Position(record.U64(), "id table", bytesUsed);
        var xattrTable = Optional(record.U64(), "xattr table", bytesUsed);
        var inodeTable = Position(record.U64(), "inode table", bytesUsed);
        var directoryTable = Position(record.U64(), "directory table", bytesUsed);
        var fragmentTable = Optional(record.U64(), "fragment table", bytesUsed);
        var exportTable = Optional(record.U64(), "export table", bytesUsed);
        if (inodeTable >= directoryTable)
            throw Wrong("directory table", $"it begins at byte {directoryTable}, the inode table before it at {inodeTable}");
        foreach (var (name, start) in new[] { ("fragment table", fragmentTable), ("export table", exportTable), ("id table", idTable), ("xattr table", xattrTable) })
            if (start < directoryTable)
                throw Wrong(name, $"it begins at byte {start}, the directory table before it at {directoryTable}");
        if (fragments > 0 && fragmentTable is null)
            throw Wrong("fragment table", $"there is none, but {fragments} fragments");
        return new Superblock
        {
            Inodes = inodes,
            ModificationTime = time,
            BlockSize = (int)blockSize,
            Fragments = fragments,
            Compressor = compressor,
            Flags = flags,
            Ids = ids,
            RootInode = MetadataReference.From(root),
            BytesUsed = (long)bytesUsed,
            IdTable = idTable,
            XattrTable = xattrTable,
            InodeTable = inodeTable,
            DirectoryTable = directoryTable,
            FragmentTable = fragmentTable,
            ExportTable = exportTable,
        };
    }

    private static long? Optional(ulong position, string field, ulong bytesUsed) => position == NoTable ? null : Position(position, field, bytesUsed);

    private static long Position(ulong position, string field, ulong bytesUsed) =>
        position is >= Size && position < bytesUsed ? (long)position : throw Wrong(field, $"it is said to begin at byte {position}, outside the {bytesUsed} bytes in use");

    private static ImageException Wrong(string field, string what) => SquashFsError.Corrupt(SquashFsError.Superblock, OffsetOf(field), $"the superblock's {field} is wrong: {what}");
}
