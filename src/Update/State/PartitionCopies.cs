using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.Update.State;

/// <summary>The state record in a partition of its own, without a file system: it can be read before anything is mounted, and no damage to one takes it along.</summary>
/// <param name="partition">The partition <see cref="Label"/>, or its part of a disk.</param>
public sealed class PartitionCopies(IRawDevice partition) : IStateCopies
{
    /// <summary>The partition's name.</summary>
    public const string Label = "ib-state";

    /// <summary>Bytes of the partition.</summary>
    public const long PartitionLength = 1 << 20;

    /// <summary>Bytes from one copy to the other: far enough that no damage to a block of flash takes both.</summary>
    public const long Distance = PartitionLength / IStateCopies.Count;

    public string Name(int copy) => $"{Label}, byte {copy * Distance}";

    public byte[]? Read(int copy)
    {
        using var buffer = new AlignedBuffer(IStateCopies.PlaceLength);
        partition.DropCache();
        partition.Read(copy * Distance, buffer.Span);
        return buffer.Span.ToArray();
    }

    public void Write(int copy, ReadOnlySpan<byte> place)
    {
        using var buffer = new AlignedBuffer(IStateCopies.PlaceLength);
        place.CopyTo(buffer.Span);
        partition.Write(copy * Distance, buffer.Span);
        partition.Flush();
    }

    public void Flush() => partition.Flush();
}
