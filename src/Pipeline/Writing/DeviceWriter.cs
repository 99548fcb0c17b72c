using System.Diagnostics;
using System.Security.Cryptography;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Writing;

/// <summary>
/// Copies an image onto a device, past the page cache so that progress is the device's, and reads it back. The first megabytes, with boot
/// code and partition table, are emptied first and written last: whatever interrupts in between, no machine takes the half for a whole.
/// </summary>
public sealed class DeviceWriter(IBuildReporter reporter)
{
    private const int BlockLength = 4 << 20;

    /// <summary>What is emptied at the end of a larger device: copies of partition tables (GPT keeps one in the last 33 sectors) and RAID labels of its former life.</summary>
    public const int TailLength = 1 << 20;

    /// <summary>Writes, flushes, reads back and compares.</summary>
    /// <param name="image">The image.</param>
    /// <param name="device">The device, at least as long.</param>
    /// <param name="name">How to call the device in errors.</param>
    /// <param name="cancel">Stops between two blocks.</param>
    /// <returns>The SHA-256 of what is on the device, in lower case.</returns>
    /// <exception cref="ImageException">IB5411, IB5413: the device fails, with the position. IB5412: it gives other bytes than it was given.</exception>
    /// <exception cref="WriteInterruptedException">Cancelled; the message says what state the device is in.</exception>
    public string Run(Content image, IRawDevice device, string name, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var buffer = new AlignedBuffer(BlockLength);
        using var second = new AlignedBuffer(BlockLength);
        var job = new Job(image, device, name, buffer, second);
        try
        {
            job.Write(reporter, cancel);
        }
        catch (OperationCanceledException)
        {
            throw new WriteInterruptedException($"interrupted while writing: {name} now holds neither its old content nor the image, and no machine starts from it; write it again, or format it", cancel);
        }
        try
        {
            return job.Compare(reporter, cancel);
        }
        catch (OperationCanceledException)
        {
            throw new WriteInterruptedException($"interrupted while reading back: the whole image was written to {name}, but not all of it was compared", cancel);
        }
        finally
        {
            if (!device.RereadPartitions())
                reporter.Warn($"the kernel still has the old partition table of {name} in mind; unplug the device and plug it in again");
        }
    }

    private sealed class Job(Content image, IRawDevice device, string name, AlignedBuffer buffer, AlignedBuffer second)
    {
        private readonly long start = Stopwatch.GetTimestamp();

        /// <summary>First byte of the emptied tail; the device's length when there is none.</summary>
        private long Tail => Math.Max(Padded(image.Length), device.Length - TailLength);

        public void Write(IBuildReporter reporter, CancellationToken cancel)
        {
            using var step = reporter.Begin("writing");
            buffer.Span.Clear();
            Put(0, buffer.Span[..(int)Math.Min(BlockLength, Padded(image.Length))]);
            if (Tail < device.Length)
                Put(Tail, buffer.Span[..(int)(device.Length - Tail)]);
            Flush();
            var done = Math.Min(BlockLength, image.Length);
            for (long at = BlockLength; at < image.Length; at += BlockLength)
            {
                cancel.ThrowIfCancellationRequested();
                Put(at, Block(at));
                Tell(step, done = Math.Min(at + BlockLength, image.Length));
            }
            Flush();
            cancel.ThrowIfCancellationRequested();
            Put(0, Block(0));
            Flush();
            step.Complete($"{ByteSize.Short(image.Length)}, {Rate(image.Length)}");
        }

        public string Compare(IBuildReporter reporter, CancellationToken cancel)
        {
            using var step = reporter.Begin("reading back");
            device.DropCache();
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            string? difference = null;
            long differing = 0;
            for (long at = 0; at < image.Length; at += BlockLength)
            {
                cancel.ThrowIfCancellationRequested();
                var expected = Block(at);
                var found = second.Span[..expected.Length];
                Get(at, found);
                hash.AppendData(found[..(int)Math.Min(BlockLength, image.Length - at)]);
                if (expected.CommonPrefixLength(found) is var same && same < expected.Length)
                {
                    differing++;
                    difference ??= $"byte {at + same} is 0x{found[same]:x2}, where 0x{expected[same]:x2} was written";
                }
                step.Progress(Math.Min(at + BlockLength, image.Length), image.Length);
            }
            var digest = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (difference is not null)
                throw new ImageException(ImageErrorKind.Corrupt, "IB5412",
                    $"{name} does not keep what is written to it: {difference}; {differing} of {(image.Length + BlockLength - 1) / BlockLength} blocks of 4 MiB differ, and what it holds has the SHA-256 {digest}. The device is worn out, or smaller than it says: use another");
            step.Complete("the same bytes");
            return digest;
        }

        /// <summary>The image's block at an offset, filled with zeros to the device's block length.</summary>
        private Span<byte> Block(long at)
        {
            var length = (int)Math.Min(BlockLength, image.Length - at);
            var padded = buffer.Span[..(int)Padded(length)];
            image.Read(at, padded[..length]);
            padded[length..].Clear();
            return padded;
        }

        private long Padded(long length) => (length + device.BlockLength - 1) / device.BlockLength * device.BlockLength;

        private void Put(long at, ReadOnlySpan<byte> block)
        {
            try
            {
                device.Write(at, block);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new ImageException(ImageErrorKind.Io, "IB5411", $"{name} cannot be written at byte {at}: {error.Message}; {Unusable}", error);
            }
        }

        private void Flush()
        {
            try
            {
                device.Flush();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new ImageException(ImageErrorKind.Io, "IB5411", $"{name} did not store everything that was written: {error.Message}; {Unusable}", error);
            }
        }

        private void Get(long at, Span<byte> block)
        {
            try
            {
                device.Read(at, block);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new ImageException(ImageErrorKind.Io, "IB5413", $"{name} was written, but cannot be read back at byte {at}: {error.Message}; do not rely on it", error);
            }
        }

        private void Tell(IBuildStep step, long done)
        {
            step.Progress(done, image.Length);
            step.Detail($"{ByteSize.Short(done)} of {ByteSize.Short(image.Length)}, {Rate(done)}");
        }

        private string Rate(long done) => $"{ByteSize.Short(done / Math.Max(0.001, Stopwatch.GetElapsedTime(start).TotalSeconds))}/s";

        private const string Unusable = "what it holds now is neither its old content nor the image; was it unplugged, or is it worn out?";
    }
}
