namespace ImageBuilder.Formats.SquashFs;

/// <summary>Writes the content of all files and notes where it went.</summary>
internal sealed class DataWriter(Stream image, BlockFormat format, SquashFsOptions options)
{
    /// <summary>Writes blocks and fragments at the image's position, in the layout's order.</summary>
    public void Write(DataLayout layout, CancellationToken cancel)
    {
        var total = layout.Files.Sum(file => file.Length - file.TailLength) + layout.Fragments.Where(fragment => !fragment.IsKept).Sum(fragment => (long)fragment.Length);
        var done = 0L;
        new BlockPipeline(format, options.BlockSize, options.Jobs).Run(Jobs(layout), Write, cancel);

        void Write(BlockJob job, BlockResult result, ReadOnlyMemory<byte> bytes)
        {
            if (job.Fragment is { } fragment)
                (fragment.Start, fragment.SizeOnDisk) = (image.Position, result.SizeOnDisk);
            else
                Note(job.File!, job.Block, result);
            image.Write(bytes.Span);
            done += result.Length;
            options.Progress?.Invoke(done, total);
        }
    }

    /// <summary>Appends the fragment table; returns the position that the superblock points to, real also when there are none.</summary>
    public static long WriteFragmentTable(Stream image, IReadOnlyList<Fragment> fragments, MetadataWriter table)
    {
        var record = new RecordBuffer();
        foreach (var fragment in fragments)
        {
            record.Clear();
            record.U64((ulong)fragment.Start);
            record.U32(fragment.SizeOnDisk);
            record.U32(0); // unused
            table.Write(record.Written);
        }
        return image.AppendIndexed(table);
    }

    private void Note(FileData file, int block, BlockResult result)
    {
        if (block == 0)
            file.Start = image.Position;
        file.Blocks[block] = result.SizeOnDisk;
        if (result.StoredLength == 0)
            file.SparseBytes += result.Length;
    }

    private static IEnumerable<BlockJob> Jobs(DataLayout layout)
    {
        foreach (var file in layout.Files)
            for (var block = 0; block < file.Blocks.Length; block++)
                yield return new BlockJob(file, block, null);
        foreach (var fragment in layout.Fragments.Where(fragment => !fragment.IsKept))
            yield return new BlockJob(null, 0, fragment);
    }
}
