using System.Buffers.Binary;
using System.Collections;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Fat;

/// <summary>Follows chains of clusters through the file allocation table. A cluster belongs to one chain only: loops and cross links are damage.</summary>
internal sealed class FatChains(Content image, FatBootSector boot)
{
    private const int WindowSize = 48 << 10; // whole entries of 12, 16 and 32 bits
    private readonly BitArray taken = new(boot.ClusterCount + FatGeometry.FirstCluster);
    private readonly byte[] window = new byte[WindowSize + 1];
    private long windowStart = -1;

    /// <summary>The runs of bytes that a chain takes.</summary>
    /// <param name="first">First cluster.</param>
    /// <param name="from">Where that number stands, for messages.</param>
    /// <param name="maxLength">More bytes than this are refused.</param>
    /// <exception cref="ImageException">IB2214: the chain is damaged; IB2216: too long.</exception>
    public List<(long Start, long Length)> Follow(uint first, long from, long maxLength)
    {
        var runs = new List<(long Start, long Length)>();
        long length = 0;
        for (var (cluster, at) = (first, from); ;)
        {
            if (cluster < FatGeometry.FirstCluster || cluster >= (uint)taken.Length)
                throw FatError.Corrupt(FatError.Chain, at, $"a chain goes on at cluster {cluster}; clusters are 2 to {taken.Length - 1}");
            if (taken[(int)cluster])
                throw FatError.Corrupt(FatError.Chain, at, $"a chain goes on at cluster {cluster}, which a chain has already: a loop, or two files over each other");
            taken[(int)cluster] = true;
            length += boot.ClusterSize;
            if (length > maxLength)
                throw FatError.TooMuch(at, $"a chain of more than {maxLength} bytes");
            var start = boot.DataOffset + (long)(cluster - FatGeometry.FirstCluster) * boot.ClusterSize;
            if (runs.Count > 0 && runs[^1].Start + runs[^1].Length == start)
                runs[^1] = (runs[^1].Start, runs[^1].Length + boot.ClusterSize);
            else
                runs.Add((start, boot.ClusterSize));
            var next = Entry(cluster, out at);
            if (next >= EndOfChain)
                return runs;
            cluster = next;
        }
    }

    /// <summary>Entries from here on end a chain; the one before marks a bad cluster, which no chain may have.</summary>
    private uint EndOfChain => boot.Type switch { FatType.Fat12 => 0xFF8, FatType.Fat16 => 0xFFF8, _ => 0x0FFFFFF8 };

    private uint Entry(uint cluster, out long at)
    {
        var bit = (long)cluster * (int)boot.Type;
        at = boot.FatOffset + bit / 8;
        var inFat = bit / 8;
        var start = inFat / WindowSize * WindowSize;
        if (start != windowStart)
        {
            // One byte more than the window: an entry of 12 bits may lie over its end.
            var count = (int)Math.Min(window.Length, image.Length - boot.FatOffset - start);
            image.Read(boot.FatOffset + start, window.AsSpan(0, count));
            windowStart = start;
        }
        var bytes = window.AsSpan((int)(inFat - start));
        return boot.Type switch
        {
            FatType.Fat12 => (uint)(BinaryPrimitives.ReadUInt16LittleEndian(bytes) >> (int)(bit % 8)) & 0xFFF,
            FatType.Fat16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(bytes) & 0x0FFFFFFF,
        };
    }
}
