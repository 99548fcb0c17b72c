using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>Reads inodes (kernel: struct squashfs_*_inode) and checks everything that can be said about one by itself.</summary>
internal sealed class InodeReader(ImageTables tables, Superblock superblock)
{
    private const int MaxTargetLength = 4095; // PATH_MAX without the NUL
    private const int ListingOverhead = 3;    // what a directory's size has over its listing's length
    private const int IndexRecord = 12;
    private readonly MetadataTable table = tables.Inodes;

    /// <summary>The inode that a reference leads to.</summary>
    /// <exception cref="ImageException">IB2124: it leads nowhere, or the inode is damaged.</exception>
    public InodeRecord Read(MetadataReference reference)
    {
        var position = table.Find(reference);
        return position >= 0 ? Read(position) : throw SquashFsError.Corrupt(SquashFsError.Inode, table.Start + reference.Block,
            $"an inode is said to be in a metadata block here, at byte {reference.Offset} of it, where the inode table has none");
    }

    /// <summary>The inode at a position of the inode table's bytes.</summary>
    /// <exception cref="ImageException">IB2124: it is damaged.</exception>
    public InodeRecord Read(int position)
    {
        var record = new TableCursor(table.Bytes, position);
        var type = record.U16();
        var extended = type > InodeTypes.Extended;
        if (InodeTypes.KindOf(extended ? type - InodeTypes.Extended : type) is not { } kind)
            throw Corrupt(position, $"an inode of type {type}, which SquashFS does not have");
        var mode = record.U16();
        var (uid, gid) = (record.U16(), record.U16());
        var inode = new InodeRecord
        {
            Position = position,
            Kind = kind,
            RawMode = mode,
            Uid = IdOf(uid, position),
            Gid = IdOf(gid, position),
            ModifiedTime = record.U32(),
            Number = record.U32(),
            Links = 1,
            XattrSet = Inode.NoXattrs,
            Fragment = FileData.NoFragment,
        };
        inode = kind switch
        {
            NodeKind.Directory => Directory(inode, ref record, extended),
            NodeKind.File => File(inode, ref record, extended),
            NodeKind.Symlink => Symlink(inode, ref record, extended),
            NodeKind.BlockDevice or NodeKind.CharacterDevice => Other(inode with { Links = record.U32(), Device = record.U32() }, ref record, extended),
            _ => Other(inode with { Links = record.U32() }, ref record, extended),
        };
        if (record.PastEnd)
            throw Corrupt(position, $"the inode passes the end of the table, which has {table.Length} bytes");
        if (inode.Number == 0 || inode.Number > superblock.Inodes)
            throw Corrupt(position, $"the inode has number {inode.Number}; 1 to {superblock.Inodes} are possible");
        if (inode.XattrSet != Inode.NoXattrs && inode.XattrSet >= (tables.XattrSets?.Count ?? 0))
            throw Corrupt(position, $"the inode names set {inode.XattrSet} of extended attributes; there are {tables.XattrSets?.Count ?? 0}");
        return inode with { End = record.Position };
    }

    private InodeRecord Directory(InodeRecord inode, ref TableCursor record, bool extended)
    {
        uint size, block, links, parent;
        ushort offset, indexes = 0;
        var xattrs = Inode.NoXattrs;
        if (extended)
        {
            (links, size, block, parent) = (record.U32(), record.U32(), record.U32(), record.U32());
            (indexes, offset, xattrs) = (record.U16(), record.U16(), record.U32());
        }
        else
        {
            (block, links) = (record.U32(), record.U32());
            (size, offset, parent) = (record.U16(), record.U16(), record.U32());
        }
        for (var i = 0; i < indexes && !record.PastEnd; i++)
        {
            if (record.Remaining < IndexRecord)
                throw Corrupt(inode.Position, $"the directory's index of {indexes} entries passes the end of the table");
            record.Skip(IndexRecord - sizeof(uint));
            record.Skip(record.U32() + 1L);
        }
        if (size < ListingOverhead)
            throw Corrupt(inode.Position, $"a directory of size {size}; {ListingOverhead} is an empty one's");
        return inode with { Links = links, XattrSet = xattrs, Length = size - ListingOverhead, Listing = new MetadataReference(block, offset), Parent = parent };
    }

    private InodeRecord File(InodeRecord inode, ref TableCursor record, bool extended)
    {
        ulong start, length;
        uint links = 1, fragment, offset;
        var xattrs = Inode.NoXattrs;
        if (extended)
        {
            (start, length) = (record.U64(), record.U64());
            record.Skip(sizeof(ulong)); // bytes of holes
            (links, fragment, offset, xattrs) = (record.U32(), record.U32(), record.U32(), record.U32());
        }
        else
        {
            (start, fragment, offset, length) = (record.U32(), record.U32(), record.U32(), record.U32());
        }
        if (record.PastEnd)
            return inode;
        if (length > long.MaxValue || start > (ulong)superblock.BytesUsed)
            throw Corrupt(inode.Position, $"a file of {length} bytes whose blocks begin at byte {start}, which is not possible");
        var blockSize = (ulong)superblock.BlockSize;
        var tail = (uint)(length % blockSize);
        if (fragment != FileData.NoFragment)
        {
            if (fragment >= tables.FragmentCount)
                throw Corrupt(inode.Position, $"the file's end is in fragment {fragment}; there are {tables.FragmentCount}");
            if (tail == 0 || offset > blockSize - tail)
                throw Corrupt(inode.Position, $"the file's last {tail} bytes are said to be at byte {offset} of a fragment, which has at most {blockSize}");
        }
        var blocks = length / blockSize + (tail > 0 && fragment == FileData.NoFragment ? 1u : 0u);
        if (blocks > (ulong)record.Remaining / sizeof(uint))
            throw Corrupt(inode.Position, $"a file of {length} bytes needs {blocks} blocks; their sizes pass the end of the table");
        var sizes = record.Position;
        record.Skip((long)blocks * sizeof(uint));
        return inode with
        {
            Links = links,
            XattrSet = xattrs,
            Length = (long)length,
            BlocksStart = (long)start,
            SizesPosition = sizes,
            BlockCount = (int)blocks,
            Fragment = fragment,
            FragmentOffset = fragment == FileData.NoFragment ? 0 : (int)offset,
        };
    }

    private InodeRecord Symlink(InodeRecord inode, ref TableCursor record, bool extended)
    {
        var (links, length) = (record.U32(), record.U32());
        var position = record.Position;
        var target = record.Bytes(length);
        if (length is 0 or > MaxTargetLength)
            throw Corrupt(inode.Position, $"a symbolic link whose target has {length} bytes; 1 to {MaxTargetLength} are possible");
        if (target.Contains((byte)0))
            throw Corrupt(inode.Position, "a symbolic link whose target holds a NUL");
        return Other(inode with { Links = links, Target = (position, (int)length) }, ref record, extended);
    }

    private static InodeRecord Other(InodeRecord inode, ref TableCursor record, bool extended) => extended ? inode with { XattrSet = record.U32() } : inode;

    private uint IdOf(ushort index, int position) => index < superblock.Ids ? tables.Id(index)
        : throw Corrupt(position, $"an inode's owner or group is number {index} of the id table, which has {superblock.Ids}");

    private ImageException Corrupt(int position, string what) => table.Corrupt(SquashFsError.Inode, position, what);
}
