using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// Writes a tree as a SquashFS 4.0 image (kernel: Documentation/filesystems/squashfs.rst, fs/squashfs/squashfs_fs.h; this folder's
/// FORMAT.md). The same tree and options give the same bytes, whatever <see cref="SquashFsOptions.Jobs"/> is.
/// </summary>
public static class SquashFsWriter
{
    /// <summary>Images end at a multiple of this, so that they can be attached to a loop device.</summary>
    public const int Padding = 4096;

    /// <summary>Writes the image from the stream's start. The superblock is written last: an image cut short has none.</summary>
    /// <param name="tree">What to write. Must not change meanwhile.</param>
    /// <param name="output">Seekable and empty.</param>
    /// <param name="options">How to write it.</param>
    /// <param name="cancel">Stops between two blocks.</param>
    /// <exception cref="ImageException">
    /// IB2101: the compressor's library is not installed. IB2110, IB2111: wrong level or block size. IB2112 to IB2117: the tree has what
    /// SquashFS cannot hold. IB2118: wrong sort order. IB2119: the previous image has other blocks. IB2010: content could not be read.
    /// </exception>
    public static SquashFsSummary Write(Tree tree, Stream output, SquashFsOptions options, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Jobs, 1);
        if (!output.CanSeek || output.Length > 0)
            throw new ArgumentException("an image is written to an empty, seekable stream", nameof(output));
        var format = new BlockFormat(options);
        using var compressor = format.ForMetadata();

        // What goes where: inodes, owners, attributes, duplicates, order.
        var inventory = new Inventory(tree);
        if (inventory.Xattrs.Warning is { } warning)
            options.Warning?.Invoke(warning);
        var survey = new ContentSurvey([.. inventory.Files.Select(file => file.Node.Content)], options, all: format.Cache is not null, cancel);
        var layout = new DataLayout(inventory, survey, options, cancel);

        // Data, then the tables in the order that the format asks for.
        output.Write(new byte[Superblock.Size]);
        output.Write(format.Options());
        SquashFsKept? kept = null;
        if (options.Previous is null)
            new DataWriter(output, format, options).Write(layout, cancel);
        else
            kept = new StableDataWriter(output, format, options).Write(layout, cancel);
        cancel.ThrowIfCancellationRequested();
        var (inodes, directories) = WriteInodes(inventory, NewTable(), NewTable());
        var inodeTable = output.Append(inodes);
        var directoryTable = output.Append(directories);
        var fragmentTable = DataWriter.WriteFragmentTable(output, layout.Fragments, NewTable());
        var exportTable = WriteExportTable(output, inventory.Inodes.OrderBy(inode => inode.Number), NewTable());
        var idTable = inventory.Ids.Write(output, NewTable());
        long? xattrTable = inventory.Xattrs.IsEmpty ? null : inventory.Xattrs.Write(output, NewTable(), NewTable());
        var bytesUsed = output.Position;
        output.Write(new byte[(Padding - (bytesUsed % Padding)) % Padding]);

        var superblock = new Superblock
        {
            Inodes = (uint)inventory.Inodes.Count,
            ModificationTime = options.ModificationTime,
            BlockSize = options.BlockSize,
            Fragments = (uint)layout.Fragments.Count,
            Compressor = format.Id,
            Flags = format.Flags | SuperblockFlags.DuplicatesRemoved | SuperblockFlags.Exportable
                | (options.PackTails ? SuperblockFlags.TailsInFragments : SuperblockFlags.None),
            Ids = inventory.Ids.Count,
            RootInode = inventory.Root.Reference,
            BytesUsed = bytesUsed,
            IdTable = idTable,
            XattrTable = xattrTable,
            InodeTable = inodeTable,
            DirectoryTable = directoryTable,
            FragmentTable = fragmentTable,
            ExportTable = exportTable,
        };
        output.Position = 0;
        output.Write(superblock.ToBytes());
        output.Position = output.Length;
        return new SquashFsSummary(bytesUsed, output.Length, inventory.Inodes.Count, layout.Fragments.Count,
            layout.ContentBytes, layout.DuplicateFiles, layout.DuplicateBytes) { Kept = kept };

        MetadataWriter NewTable() => new(compressor);
    }

    /// <summary>Inodes and listings, written together because each refers to the other: entries, then the listing, then the directory.</summary>
    private static (MetadataWriter Inodes, MetadataWriter Directories) WriteInodes(Inventory inventory, MetadataWriter inodes, MetadataWriter directories)
    {
        var inodeTable = new InodeTable(inodes, (uint)inventory.Inodes.Count);
        var directoryTable = new DirectoryTable(directories);
        var next = 0;
        foreach (var directory in inventory.Directories)
        {
            // Hard links to an inode of an earlier directory are written already.
            foreach (var (_, inode) in directory.Entries)
            {
                if (next >= inventory.Inodes.Count || inode != inventory.Inodes[next])
                    continue;
                inodeTable.Write(inode);
                next++;
            }
            directory.Listing = directoryTable.Write(directory.Entries);
        }
        inodeTable.Write(inventory.Root);
        return (inodes, directories);
    }

    /// <summary>Where each inode is, by number: lets the kernel serve the file system over NFS.</summary>
    private static long WriteExportTable(Stream image, IEnumerable<Inode> inodes, MetadataWriter table)
    {
        var record = new RecordBuffer();
        foreach (var inode in inodes)
            record.U64(inode.Reference.Value);
        table.Write(record.Written);
        return image.AppendIndexed(table);
    }
}
