using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.Pipeline.Tests.Writing;

/// <summary>A device in memory that can be made to fail as real ones do.</summary>
internal sealed class MemoryDevice(long length, int blockLength = 512) : IRawDevice
{
    /// <summary>What is on it.</summary>
    public byte[] Bytes { get; } = Enumerable.Repeat((byte)0xEE, (int)length).ToArray();

    /// <summary>Capacity in truth: what lies beyond lands at the beginning again, as on counterfeit sticks.</summary>
    public long? RealLength { get; init; }

    /// <summary>A byte that cannot be written.</summary>
    public long? WriteFailsAt { get; init; }

    /// <summary>A byte that cannot be read.</summary>
    public long? ReadFailsAt { get; init; }

    /// <summary>Called before each write, with its offset.</summary>
    public Action<long> BeforeWrite { get; init; } = _ => { };

    /// <summary>Offsets of all writes, in order; -1 is a flush.</summary>
    public List<long> Writes { get; } = [];

    public bool FlushFails { get; init; }

    public long Length => Bytes.Length;

    public int BlockLength => blockLength;

    public void Write(long offset, ReadOnlySpan<byte> buffer)
    {
        Assert.Equal((0, 0), (offset % blockLength, buffer.Length % blockLength));
        BeforeWrite(offset);
        if (WriteFailsAt >= offset && WriteFailsAt < offset + buffer.Length)
            throw new IOException("Input/output error");
        Writes.Add(offset);
        for (var done = 0; done < buffer.Length; done += blockLength)
            buffer.Slice(done, blockLength).CopyTo(Block(offset + done));
    }

    public void Read(long offset, Span<byte> buffer)
    {
        Assert.Equal((0, 0), (offset % blockLength, buffer.Length % blockLength));
        if (ReadFailsAt >= offset && ReadFailsAt < offset + buffer.Length)
            throw new IOException("Input/output error");
        for (var done = 0; done < buffer.Length; done += blockLength)
            Block(offset + done).CopyTo(buffer[done..]);
    }

    public void Flush()
    {
        if (FlushFails)
            throw new IOException("No space left on device");
        Writes.Add(-1);
    }

    public void DropCache()
    {
    }

    public bool RereadPartitions() => true;

    private Span<byte> Block(long offset) => Bytes.AsSpan((int)(offset % (RealLength ?? Length)), blockLength);
}
