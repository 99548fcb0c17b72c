using System.Runtime.ExceptionServices;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>Decompresses every fragment and every data block once, on all processors.</summary>
/// <param name="blocks">Fetches them.</param>
/// <param name="tables">Names the fragments.</param>
/// <param name="sizes">The size on disk of a file's block.</param>
/// <param name="survey">The files; takes the findings.</param>
/// <param name="progress">Told bytes on disk done, and in all.</param>
/// <param name="cancel">Stops.</param>
internal sealed class DataCheck(
    BlockReader blocks, ImageTables tables, Func<InodeRecord, int, DataBlockSize> sizes, InodeSurvey survey, Action<long, long>? progress, CancellationToken cancel)
{
    private readonly object gate = new();
    private readonly HashSet<(long At, uint Size, int Expected)> seen = [];
    private readonly int[] fragmentLengths = new int[tables.FragmentCount];
    private ExceptionDispatchInfo? failure;
    private long done;

    /// <summary>A block to decompress. A fragment has inode 0, and any length.</summary>
    private readonly record struct Job(long At, DataBlockSize Size, int Expected, uint Inode, uint Index);

    /// <summary>Runs to the end; findings go to the survey.</summary>
    public void Run()
    {
        using var jobs = Jobs().GetEnumerator();
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(i => new Thread(() => Work(jobs)) { IsBackground = true, Name = $"squashfs check {i}" }).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        failure?.Throw();
        cancel.ThrowIfCancellationRequested();
        foreach (var inode in survey.Inodes)
            CheckTail(inode);
        progress?.Invoke(blocks.DataEnd, blocks.DataEnd);
    }

    private IEnumerable<Job> Jobs()
    {
        for (var index = 0u; index < tables.FragmentCount; index++)
        {
            var (at, size) = tables.Fragment(index);
            yield return new Job(at, size, blocks.BlockSize, 0, index);
        }
        foreach (var inode in survey.Inodes)
        {
            var at = inode.BlocksStart;
            for (var block = 0; block < inode.BlockCount; block++)
            {
                var size = sizes(inode, block);
                var expected = (int)Math.Min(blocks.BlockSize, inode.Length - ((long)block * blocks.BlockSize));
                if (!size.IsSparse && seen.Add((at, size.Value, expected))) // equal files share their blocks
                    yield return new Job(at, size, expected, inode.Number, (uint)block);
                at += size.Stored;
            }
        }
    }

    private void Work(IEnumerator<Job> jobs)
    {
        try
        {
            var buffer = new byte[blocks.BlockSize];
            while (Take(jobs) is { } job)
                Check(job, buffer);
        }
        catch (Exception error)
        {
            lock (gate)
                failure ??= ExceptionDispatchInfo.Capture(error);
        }
    }

    private Job? Take(IEnumerator<Job> jobs)
    {
        lock (gate)
            return failure is null && !cancel.IsCancellationRequested && jobs.MoveNext() ? jobs.Current : null;
    }

    private void Check(in Job job, byte[] buffer)
    {
        var (inode, index) = (job.Inode, job.Index);
        string What() => inode == 0 ? $"fragment {index}" : $"block {index} of {survey.PathOf(inode)}";
        ImageException? wrong = null;
        try
        {
            var length = blocks.ReadData(job.At, job.Size, buffer.AsSpan(0, job.Expected), What);
            if (inode == 0)
                fragmentLengths[index] = length;
            else if (length != job.Expected)
                wrong = SquashFsError.Corrupt(SquashFsError.Data, job.At, $"{What()} has {length} bytes, expected {job.Expected}");
        }
        catch (ImageException error) when (error.Kind is ImageErrorKind.Corrupt or ImageErrorKind.LimitExceeded)
        {
            wrong = error;
            if (inode == 0)
                fragmentLengths[index] = blocks.BlockSize; // said once, not again for each file in it
        }
        lock (gate)
        {
            if (wrong is not null)
                survey.Add(wrong);
            done += job.Size.Stored;
            progress?.Invoke(Math.Min(done, blocks.DataEnd), blocks.DataEnd);
        }
    }

    private void CheckTail(in InodeRecord inode)
    {
        if (inode.Kind != NodeKind.File || inode.Fragment == FileData.NoFragment)
            return;
        var end = inode.FragmentOffset + (int)(inode.Length % blocks.BlockSize);
        if (end > fragmentLengths[inode.Fragment])
            survey.Add(tables.Inodes.Corrupt(SquashFsError.Inode, inode.Position,
                $"the end of {survey.PathOf(inode.Number)} is said to be in fragment {inode.Fragment} up to byte {end}; that has {fragmentLengths[inode.Fragment]}"));
    }
}
