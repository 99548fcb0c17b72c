using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

public sealed partial class SquashFsImage
{
    /// <summary>
    /// Looks at everything: that the parts of the image touch, that tables, links and numbers agree, and that every block of every file
    /// can be decompressed to the right length. Blocks are decompressed on all processors.
    /// </summary>
    /// <param name="progress">Told bytes of the image's data checked so far, and in all; from several threads, one at a time.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>What is wrong, in the order of the image; empty when nothing is. At most some thousand findings.</returns>
    /// <exception cref="ImageException">IB2010: the image cannot be read. IB2128: a limit was passed.</exception>
    public IReadOnlyList<SquashFsFinding> Check(Action<long, long>? progress = null, CancellationToken cancel = default)
    {
        var findings = new InodeSurvey(tables, inodes, superblock.RootInode, limits, cancel);
        CheckParts(findings);
        CheckPadding(findings);
        CheckInodes(findings);
        CheckTree(findings);
        new DataCheck(Blocks, tables, (inode, block) => BlockSize(inode, block), findings, progress, cancel).Run();
        return [.. findings.Problems.OrderBy(finding => finding.Offset)];
    }

    private void CheckParts(InodeSurvey findings)
    {
        var parts = Parts().Where(part => part.Length > 0).ToArray();
        for (var i = 1; i < parts.Length; i++)
            if (parts[i - 1].Offset + parts[i - 1].Length is var end && end != parts[i].Offset)
                findings.Add(SquashFsError.Corrupt(SquashFsError.Table, end, $"the {parts[i - 1].Name} ends here, the {parts[i].Name} behind it begins at byte {parts[i].Offset}"));
        var last = parts.Last(part => part.Offset < superblock.BytesUsed);
        if (last.Offset + last.Length != superblock.BytesUsed)
            findings.Add(SquashFsError.Corrupt(SquashFsError.Table, last.Offset + last.Length, $"the {last.Name} ends here, but {superblock.BytesUsed} bytes are said to be in use"));
        if (superblock.Flags.HasFlag(SuperblockFlags.NoFragments) && superblock.Fragments > 0)
            findings.Add(SquashFsError.Corrupt(SquashFsError.Superblock, Superblock.OffsetOf("flags"), $"the flags say that there are no fragments, and there are {superblock.Fragments}"));
    }

    /// <summary>Images are padded with zeros to a multiple of 4096; what lies further behind is not theirs.</summary>
    private void CheckPadding(InodeSurvey findings)
    {
        var padding = new byte[Math.Min(image.Length - superblock.BytesUsed, (SquashFsWriter.Padding - (superblock.BytesUsed % SquashFsWriter.Padding)) % SquashFsWriter.Padding)];
        image.Read(superblock.BytesUsed, padding);
        if (padding.AsSpan().IndexOfAnyExcept((byte)0) is >= 0 and var at)
            findings.Add(SquashFsError.Corrupt(SquashFsError.Table, superblock.BytesUsed + at, $"the padding holds 0x{padding[at]:x2} instead of zeros"));
    }

    private void CheckInodes(InodeSurvey findings)
    {
        var table = tables.Inodes;
        if (findings.Positions.Count != superblock.Inodes)
            findings.Add(SquashFsError.Corrupt(SquashFsError.Superblock, Superblock.OffsetOf("inode count"), $"the superblock counts {superblock.Inodes} inodes, the inode table holds {findings.Positions.Count}"));
        var i = 0;
        foreach (var inode in findings.Inodes)
        {
            if ((inode.RawMode & ~UnixMode.PermissionMask) != 0)
                findings.Add(table.Corrupt(SquashFsError.Inode, inode.Position, $"inode {inode.Number} has mode 0{Convert.ToString(inode.RawMode, 8)}; only permission bits belong there"));
            if (tables.Export is { } export && export.Record(inode.Number - 1).U64() is var place && place != table.ReferenceTo(inode.Position).Value)
                findings.Add(export.Table.Corrupt(SquashFsError.Table, (int)(inode.Number - 1) * export.RecordSize, $"inode {inode.Number} is said to be at 0x{place:x}; it is at 0x{table.ReferenceTo(inode.Position).Value:x}"));
            var isRoot = table.ReferenceTo(inode.Position) == superblock.RootInode;
            var isDirectory = inode.Kind == NodeKind.Directory;
            var expected = isDirectory ? findings.SubfolderCounts[i] + 2 : findings.NameCounts[i];
            if (findings.NameCounts[i] == 0 && !isRoot)
                findings.Add(table.Corrupt(SquashFsError.Inode, inode.Position, $"inode {inode.Number} is in no directory"));
            else if (inode.Links != expected && !(isDirectory && inode.Links == findings.EntryCounts[i] + 2)) // squashfs-tools-ng counts all entries
                findings.Add(table.Corrupt(SquashFsError.Inode, inode.Position, $"{findings.PathOf(inode.Number)} counts {inode.Links} links; there are {expected}"));
            i++;
        }
    }

    /// <summary>The tree as a whole: loops, and what only a way from the root shows; and every set of extended attributes.</summary>
    private void CheckTree(InodeSurvey findings)
    {
        try
        {
            ReadTree();
        }
        catch (ImageException error) when (error.Kind != ImageErrorKind.LimitExceeded)
        {
            if (!findings.Problems.Any(finding => finding.Message == error.Message))
                findings.Add(error);
        }
        if (tables.XattrSets is not { } sets)
            return;
        var reader = new XattrReader(tables.Xattrs!, sets, budget.Fork());
        for (var index = 0u; index < sets.Count; index++)
        {
            try
            {
                reader.Read(index); // the size that a set is said to take is counted differently by every writer
            }
            catch (ImageException error) when (error.Kind != ImageErrorKind.LimitExceeded)
            {
                if (!findings.Problems.Any(finding => finding.Message == error.Message))
                    findings.Add(error);
            }
        }
    }
}
