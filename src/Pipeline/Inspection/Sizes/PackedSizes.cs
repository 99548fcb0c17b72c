using System.Buffers;
using System.Collections.Concurrent;
using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Sizes;

/// <summary>
/// Estimates what each file takes in a compressed image: samples of it are compressed, and the results scaled so that all together come to the
/// image's length. An estimate, because blocks that several files share, and equal files, are stored once.
/// </summary>
internal static class PackedSizes
{
    private const int SampleLength = 64 << 10;
    private const int SamplesPerFile = 3;
    private const int Level = 3; // quick; the scaling makes up for it

    /// <summary>Bytes for every regular file of the tree.</summary>
    /// <param name="files">The files, each once.</param>
    /// <param name="total">What they take together, bytes; null when it is not known: then nothing is scaled.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="Formats.ImageException">A file cannot be read.</exception>
    public static IReadOnlyDictionary<Node, long> Estimate(IReadOnlyCollection<Node> files, long? total, CancellationToken cancel)
    {
        var raw = new ConcurrentDictionary<Node, double>();
        try
        {
            Parallel.ForEach(files, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount }, file => raw[file] = Estimate(file.Content));
        }
        catch (AggregateException error) when (error.InnerException is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error.InnerException);
        }
        // Added up in the tree's order: sums of doubles depend on it, and the same input gives the same bytes.
        var sum = files.Sum(file => raw[file]);
        var scale = total is { } known && sum > 0 ? known / sum : 1;
        return files.ToDictionary(file => file, file => (long)Math.Round(raw[file] * scale));
    }

    private static double Estimate(Content content)
    {
        if (content.Length == 0)
            return 0;
        var samples = content.Length <= SampleLength * SamplesPerFile ? 1 : SamplesPerFile;
        var length = (int)Math.Min(content.Length, samples == 1 ? content.Length : SampleLength);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            long packed = 0;
            for (var i = 0; i < samples; i++)
            {
                // From the beginning, the middle and the end.
                content.Read((content.Length - length) / Math.Max(1, samples - 1) * i, buffer.AsSpan(0, length));
                packed += Math.Min(length, Zstd.Compress(buffer.AsSpan(0, length), Level).Length);
            }
            return (double)packed / ((long)samples * length) * content.Length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
