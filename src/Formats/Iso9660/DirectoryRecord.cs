namespace ImageBuilder.Formats.Iso9660;

/// <summary>One named record of a directory (ECMA-119 9.1); a file of several sections has one of the kind for each.</summary>
internal sealed class DirectoryRecord(IsoInode inode, byte[] identifier, List<byte[]>? systemUse, ContinuationSpace continuation)
{
    /// <summary>Length of the records "." and ".." without system use.</summary>
    public const int DotSize = FixedSize + 1;

    /// <summary>Everything before the identifier.</summary>
    private const int FixedSize = 33;

    private const int MaxSize = 254; // a length is one byte, and even
    private const int DirectoryFlag = 0x02;
    private const int MultiExtentFlag = 0x80;

    /// <summary>The identifier of a directory's own record.</summary>
    public static byte[] Dot { get; } = [0];

    /// <summary>The identifier of the parent's record.</summary>
    public static byte[] DotDot { get; } = [1];

    public IsoInode Inode { get; } = inode;

    public byte[] Identifier { get; } = identifier;

    public SystemUse Use { get; } = systemUse is null
        ? SystemUse.None
        : SystemUse.Plan(systemUse, MaxSize - Even(FixedSize + identifier.Length), continuation);

    /// <summary>Length in bytes, even.</summary>
    public int Size => Even(Even(FixedSize + Identifier.Length) + Use.InlineSize);

    public static SystemUse PlanDot(List<byte[]> entries, ContinuationSpace continuation) => SystemUse.Plan(entries, MaxSize - DotSize, continuation);

    /// <summary>Writes one record.</summary>
    /// <param name="bytes">Exactly the record.</param>
    /// <param name="place">Where the data lies, as the volume counts, and its length in bytes.</param>
    /// <param name="areas">First block of the directory's continuation areas, as the volume counts.</param>
    /// <param name="last">False when another section of the same file follows.</param>
    public static void Write(
        Span<byte> bytes, byte[] identifier, IsoInode inode, (Block Start, uint Size) place, SystemUse use, Block areas, bool last = true)
    {
        var record = new RecordWriter(bytes);
        record.U8(bytes.Length);
        record.U8(0); // extended attribute record: none
        record.Both32(place.Start.Number);
        record.Both32(place.Size);
        record.Bytes(IsoTime.Short(inode.Node.ModifiedTime));
        record.U8((inode.Node.IsDirectory ? DirectoryFlag : 0) | (last ? 0 : MultiExtentFlag));
        record.U8(0); // not interleaved
        record.U8(0);
        record.Both16(1); // volume sequence number
        record.U8(identifier.Length);
        record.At(FixedSize);
        record.Bytes(identifier);
        record.Zero(Even(record.Position) - record.Position);
        use.WriteInline(ref record, areas);
        record.Zero(bytes.Length - record.Position);
    }

    private static int Even(int size) => (size + 1) & ~1;
}
