namespace ImageBuilder.Formats.SquashFs;

/// <summary>Writes the content of all files around what a previous image has of it already.</summary>
/// <param name="image">The image; stands at its first byte of data.</param>
/// <param name="format">How new blocks are compressed.</param>
/// <param name="options">How it is written; its previous image is the one that the layout was made with.</param>
internal sealed class StableDataWriter(Stream image, BlockFormat format, SquashFsOptions options)
{
    private const int CopyLength = 1 << 20;

    private readonly byte[] buffer = new byte[CopyLength];

    /// <summary>Writes blocks and fragments; the image then stands behind them.</summary>
    public SquashFsKept Write(DataLayout layout, CancellationToken cancel)
    {
        var previous = options.Previous!;
        var start = image.Position;
        // How long new blocks are is known once they are compressed: they are written behind all that can be kept, and then moved down.
        image.Position = Math.Max(start, previous.Blocks.DataEnd);
        new DataWriter(image, format, options).Write(layout, cancel);
        var kept = layout.Kept.Where(run => run.StoredLength > 0).ToList();
        var plan = new SpacePlan(start, kept, [.. layout.Files.Cast<IStored>().Concat(layout.Fragments.Where(fragment => !fragment.IsKept))]);
        var (moved, length) = (0, 0L);
        // Rising, and each new run to a lower place than its own: nothing is overwritten before it was moved.
        foreach (var (run, at) in plan.Runs.Where(place => !place.Run.IsKept))
            Move(run.Start, at, run.StoredLength, cancel);
        foreach (var (run, at) in plan.Runs.Where(place => place.Run.IsKept))
        {
            cancel.ThrowIfCancellationRequested();
            Copy(previous, run.Start, at, run.StoredLength);
            moved += run.Start == at ? 0 : 1;
            length += run.StoredLength;
        }
        image.SetLength(plan.End);
        image.Position = plan.End;
        foreach (var run in layout.Kept.Concat(layout.Files).Where(run => run.StoredLength == 0))
            run.Start = run.IsKept && run.Start >= start && run.Start <= plan.End ? run.Start : plan.End; // zeros alone take no space, wherever they are said to be
        foreach (var (run, at) in plan.Runs)
            run.Start = at;
        return new SquashFsKept(length, plan.End - start, plan.GapBytes, moved);
    }

    private void Move(long from, long to, long length, CancellationToken cancel)
    {
        for (long done = 0; done < length && from != to; done += CopyLength)
        {
            cancel.ThrowIfCancellationRequested();
            var part = buffer.AsSpan(0, (int)Math.Min(CopyLength, length - done));
            image.Position = from + done;
            image.ReadExactly(part);
            image.Position = to + done;
            image.Write(part);
        }
    }

    private void Copy(SquashFsImage previous, long from, long to, long length)
    {
        image.Position = to;
        for (long done = 0; done < length; done += CopyLength)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(CopyLength, length - done));
            previous.Blocks.Read(from + done, part, "kept data");
            image.Write(part);
        }
    }
}
