namespace ImageBuilder.Formats.SquashFs;

/// <summary>The first 96 bytes of an image (kernel: struct squashfs_super_block). Offsets are bytes from the image's start.</summary>
internal sealed partial record Superblock
{
    /// <summary>Bytes on disk.</summary>
    public const int Size = 96;

    /// <summary>Value of a table's offset when there is no such table.</summary>
    public const ulong NoTable = ulong.MaxValue;

    private const uint Magic = 0x73717368; // "hsqs"
    private const ushort MajorVersion = 4;
    private const ushort MinorVersion = 0;

    public required uint Inodes { get; init; }

    public required uint ModificationTime { get; init; }

    public required int BlockSize { get; init; }

    public required uint Fragments { get; init; }

    public required CompressorId Compressor { get; init; }

    public required SuperblockFlags Flags { get; init; }

    public required ushort Ids { get; init; }

    public required MetadataReference RootInode { get; init; }

    public required long BytesUsed { get; init; }

    public required long IdTable { get; init; }

    public required long? XattrTable { get; init; }

    public required long InodeTable { get; init; }

    public required long DirectoryTable { get; init; }

    public required long? FragmentTable { get; init; }

    public required long? ExportTable { get; init; }

    /// <summary>The superblock as it stands on disk.</summary>
    public byte[] ToBytes()
    {
        var record = new RecordBuffer();
        record.U32(Magic);
        record.U32(Inodes);
        record.U32(ModificationTime);
        record.U32((uint)BlockSize);
        record.U32(Fragments);
        record.U16((ushort)Compressor);
        record.U16((ushort)int.Log2(BlockSize));
        record.U16((ushort)Flags);
        record.U16(Ids);
        record.U16(MajorVersion);
        record.U16(MinorVersion);
        record.U64(RootInode.Value);
        record.U64((ulong)BytesUsed);
        record.U64((ulong)IdTable);
        record.U64(OrNoTable(XattrTable));
        record.U64((ulong)InodeTable);
        record.U64((ulong)DirectoryTable);
        record.U64(OrNoTable(FragmentTable));
        record.U64(OrNoTable(ExportTable));
        System.Diagnostics.Debug.Assert(record.Written.Length == Size);
        return record.Written.ToArray();
    }

    private static ulong OrNoTable(long? position) => position is { } known ? (ulong)known : NoTable;
}
