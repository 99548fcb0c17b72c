using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>Writes inodes: the short, basic form where it can hold the values, else the extended form.</summary>
internal sealed class InodeTable(MetadataWriter table, uint inodes)
{
    /// <summary>What readers expect a directory's size to have over its listing's length, for "." and "..", which are not stored.</summary>
    private const int ListingOverhead = 3;

    private readonly RecordBuffer record = new();

    /// <summary>Writes an inode and notes its place. Directories after their listing, files after their data.</summary>
    public void Write(Inode inode)
    {
        record.Clear();
        switch (inode.Node.Kind)
        {
            case NodeKind.Directory:
                Directory(inode, inode.Listing!);
                break;
            case NodeKind.File:
                File(inode);
                break;
            case NodeKind.Symlink:
                Symlink(inode);
                break;
            case NodeKind.BlockDevice or NodeKind.CharacterDevice:
                Device(inode);
                break;
            default:
                Header(inode, HasXattrs(inode));
                record.U32(inode.Links);
                XattrIfAny(inode);
                break;
        }
        inode.Reference = table.Write(record.Written);
    }

    private static bool HasXattrs(Inode inode) => inode.XattrSet != Inode.NoXattrs;

    private void Header(Inode inode, bool extended)
    {
        var node = inode.Node;
        record.U16((ushort)(InodeTypes.Basic(node.Kind) + (extended ? InodeTypes.Extended : 0)));
        record.U16(node.Mode);
        record.U16(inode.Uid);
        record.U16(inode.Gid);
        record.U32((uint)Math.Clamp(node.ModifiedTime, 0, uint.MaxValue));
        record.U32(inode.Number);
    }

    private void XattrIfAny(Inode inode)
    {
        if (HasXattrs(inode))
            record.U32(inode.XattrSet);
    }

    private void Directory(Inode inode, DirectoryListing listing)
    {
        var size = checked(listing.Length + ListingOverhead);
        var parent = inode.Parent?.Number ?? inodes + 1; // the root's is no inode of this image
        if (size <= ushort.MaxValue && listing.Index.Count == 0 && !HasXattrs(inode))
        {
            Header(inode, extended: false);
            record.U32(listing.Start.Block);
            record.U32(inode.Links);
            record.U16((ushort)size);
            record.U16(listing.Start.Offset);
            record.U32(parent);
            return;
        }
        Header(inode, extended: true);
        record.U32(inode.Links);
        record.U32(size);
        record.U32(listing.Start.Block);
        record.U32(parent);
        record.U16((ushort)listing.Index.Count);
        record.U16(listing.Start.Offset);
        record.U32(inode.XattrSet);
        foreach (var entry in listing.Index)
        {
            record.U32(entry.ListingOffset);
            record.U32(entry.Block);
            record.U32((uint)entry.FirstName.Bytes.Length - 1);
            record.Bytes(entry.FirstName.Bytes);
        }
    }

    private void File(Inode inode)
    {
        var data = inode.Data;
        var (start, length, sparse) = (data?.Start ?? 0, data?.Length ?? 0, data?.SparseBytes ?? 0);
        var extended = inode.Links > 1 || length > uint.MaxValue || start > uint.MaxValue || sparse > 0 || HasXattrs(inode);
        Header(inode, extended);
        if (extended)
        {
            record.U64((ulong)start);
            record.U64((ulong)length);
            record.U64((ulong)Math.Min(sparse, Math.Max(length - 1, 0))); // readers subtract it from the length and expect something left
            record.U32(inode.Links);
            record.U32(data?.FragmentIndex ?? FileData.NoFragment);
            record.U32((uint)(data?.FragmentOffset ?? 0));
            record.U32(inode.XattrSet);
        }
        else
        {
            record.U32((uint)start);
            record.U32(data?.FragmentIndex ?? FileData.NoFragment);
            record.U32((uint)(data?.FragmentOffset ?? 0));
            record.U32((uint)length);
        }
        foreach (var block in data?.Blocks ?? [])
            record.U32(block);
    }

    private void Symlink(Inode inode)
    {
        Header(inode, HasXattrs(inode));
        record.U32(inode.Links);
        record.U32((uint)inode.Node.Target.Length);
        record.Bytes(inode.Node.Target.Span);
        XattrIfAny(inode);
    }

    private void Device(Inode inode)
    {
        const uint minorLowByte = 0xFF;
        const int majorShift = 8;
        const int minorRestShift = 12;
        var (major, minor) = (inode.Node.DeviceMajor, inode.Node.DeviceMinor);
        Header(inode, HasXattrs(inode));
        record.U32(inode.Links);
        record.U32((major << majorShift) | (minor & minorLowByte) | ((minor & ~minorLowByte) << minorRestShift)); // kernel: new_encode_dev
        XattrIfAny(inode);
    }
}
