using System.Runtime.ExceptionServices;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// Reads and compresses blocks on several threads and hands the results, in the order of the jobs, to the caller's thread. At most a
/// fixed number of blocks is under way, so memory stays bounded however fast one side is.
/// </summary>
internal sealed class BlockPipeline(BlockFormat format, int blockSize, int jobs)
{
    private const long TargetBufferBytes = 32 << 20;
    private const int SlotsPerThread = 8;

    private readonly Slot[] slots = NewSlots(blockSize, jobs);
    private readonly object gate = new();
    private long taken;
    private long written;
    private long? total;
    private ExceptionDispatchInfo? failure;

    /// <summary>A result that waits for its turn, and its buffer, which is used again and again.</summary>
    private sealed class Slot(int blockSize)
    {
        public byte[] Buffer = new byte[blockSize];
        public BlockJob Job;
        public BlockResult Result;
        public bool Ready;
    }

    private static Slot[] NewSlots(int blockSize, int jobs)
    {
        var count = Math.Clamp(TargetBufferBytes / blockSize, jobs + 1, jobs * SlotsPerThread);
        return [.. Enumerable.Range(0, (int)count).Select(_ => new Slot(blockSize))];
    }

    /// <summary>Runs all jobs; <paramref name="write"/> is called for each in order, with the bytes to store.</summary>
    public void Run(IEnumerable<BlockJob> work, Action<BlockJob, BlockResult, ReadOnlyMemory<byte>> write, CancellationToken cancel)
    {
        using var source = work.GetEnumerator();
        var threads = Enumerable.Range(0, jobs).Select(i => new Thread(() => Work(source)) { IsBackground = true, Name = $"squashfs {i}" }).ToArray();
        foreach (var thread in threads)
            thread.Start();
        using var stopOnCancel = cancel.Register(() => Fail(new OperationCanceledException(cancel)));
        try
        {
            while (Next() is { } slot)
            {
                write(slot.Job, slot.Result, slot.Buffer.AsMemory(0, slot.Result.StoredLength));
                lock (gate)
                {
                    slot.Ready = false;
                    written++;
                    Monitor.PulseAll(gate);
                }
            }
        }
        catch (Exception error)
        {
            Fail(error);
        }
        foreach (var thread in threads)
            thread.Join();
        failure?.Throw();
    }

    /// <summary>Waits for the next result in order; null at the end and after a failure.</summary>
    private Slot? Next()
    {
        lock (gate)
        {
            while (failure is null && written != total)
            {
                if (slots[written % slots.Length] is { Ready: true } slot)
                    return slot;
                Monitor.Wait(gate);
            }
            return null;
        }
    }

    private void Work(IEnumerator<BlockJob> source)
    {
        try
        {
            using var maker = new BlockMaker(format, blockSize);
            while (Take(source) is { } slot)
            {
                slot.Result = maker.Make(slot.Job, ref slot.Buffer);
                lock (gate)
                {
                    slot.Ready = true;
                    Monitor.PulseAll(gate);
                }
            }
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    /// <summary>Takes the next job as soon as there is a slot for its result; null when there are no more.</summary>
    private Slot? Take(IEnumerator<BlockJob> source)
    {
        lock (gate)
        {
            while (failure is null && total is null)
            {
                if (taken - written == slots.Length)
                {
                    Monitor.Wait(gate);
                    continue;
                }
                if (!source.MoveNext())
                {
                    total = taken;
                    Monitor.PulseAll(gate);
                    break;
                }
                var slot = slots[taken++ % slots.Length];
                slot.Job = source.Current;
                return slot;
            }
            return null;
        }
    }

    private void Fail(Exception error)
    {
        lock (gate)
        {
            failure ??= ExceptionDispatchInfo.Capture(error);
            Monitor.PulseAll(gate);
        }
    }
}
