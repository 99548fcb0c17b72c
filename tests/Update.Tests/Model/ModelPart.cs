using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.Update.Tests.Model;

/// <summary>A partition of a modelled disk. Its flush is the disk's.</summary>
internal sealed class ModelPart(ModelDisk disk, long start, long length) : IRawDevice
{
    public long Length => length;

    public int BlockLength => disk.BlockLength;

    public void Write(long offset, ReadOnlySpan<byte> buffer)
    {
        Assert.InRange(offset + buffer.Length, 0, length);
        disk.Write(start + offset, buffer);
    }

    public void Zero(long offset, long count) => disk.Zero(start + offset, count);

    public void Read(long offset, Span<byte> buffer)
    {
        Assert.InRange(offset + buffer.Length, 0, length);
        disk.Read(start + offset, buffer);
    }

    public void Flush() => disk.Flush();

    public void DropCache() => disk.DropCache();

    public bool RereadPartitions() => true;
}
