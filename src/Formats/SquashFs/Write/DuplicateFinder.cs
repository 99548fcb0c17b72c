using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>A hash of a content, read through a buffer.</summary>
internal delegate ulong HashContent(Content content, Span<byte> buffer);

/// <summary>
/// Finds files of equal content before anything is compressed: equal length, then equal hash, then compared byte by byte.
/// </summary>
internal sealed class DuplicateFinder(int jobs, HashContent hash)
{
    private const int BufferLength = 128 << 10; // a multiple of what the hash takes in one step

    /// <summary>For each file the index of the first file of equal content: its own where it is the first.</summary>
    public int[] FirstEqual(IReadOnlyList<Content> files, CancellationToken cancel)
    {
        var result = Enumerable.Range(0, files.Count).ToArray();
        var candidates = result.GroupBy(i => files[i].Length).Where(group => group.Skip(1).Any()).SelectMany(group => group).ToArray();
        var hashes = new ulong[files.Count];
        InParallel(candidates, (i, buffer, _) => hashes[i] = hash(files[i], buffer), cancel);

        var groups = candidates.GroupBy(i => (files[i].Length, hashes[i])).Where(group => group.Skip(1).Any()).Select(group => group.ToArray()).ToArray();
        InParallel(groups, (group, left, right) =>
        {
            var different = new List<int>(); // the first of each content; more than one only if the hash collides
            foreach (var i in group)
            {
                var equal = different.FindIndex(other => Equal(files[i], files[other], left, right));
                if (equal < 0)
                    different.Add(i);
                else
                    result[i] = different[equal];
            }
        }, cancel);
        return result;
    }

    private static bool Equal(Content a, Content b, byte[] left, byte[] right)
    {
        if (ReferenceEquals(a, b))
            return true;
        for (long offset = 0; offset < a.Length; offset += left.Length)
        {
            var count = (int)Math.Min(left.Length, a.Length - offset);
            a.Read(offset, left.AsSpan(0, count));
            b.Read(offset, right.AsSpan(0, count));
            if (!left.AsSpan(0, count).SequenceEqual(right.AsSpan(0, count)))
                return false;
        }
        return true;
    }

    private void InParallel<T>(T[] items, Action<T, byte[], byte[]> body, CancellationToken cancel)
    {
        try
        {
            Parallel.ForEach(items, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancel },
                () => (new byte[BufferLength], new byte[BufferLength]),
                (item, _, buffers) =>
                {
                    body(item, buffers.Item1, buffers.Item2);
                    return buffers;
                },
                _ => { });
        }
        catch (AggregateException errors) when (errors.InnerExceptions.OfType<ImageException>().FirstOrDefault() is { } error)
        {
            throw new ImageException(error.Kind, error.Id, error.Message, error);
        }
    }
}
