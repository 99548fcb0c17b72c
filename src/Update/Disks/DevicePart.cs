using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.Update.Disks;

/// <summary>A part of a disk as a device: a partition that the kernel does not know of yet.</summary>
/// <param name="disk">The disk.</param>
/// <param name="start">First byte, a multiple of the disk's block.</param>
/// <param name="size">In bytes.</param>
public sealed class DevicePart(IRawDevice disk, long start, long size) : IRawDevice
{
    public long Length => size;

    public int BlockLength => disk.BlockLength;

    public void Write(long offset, ReadOnlySpan<byte> buffer) => disk.Write(Inside(offset, buffer.Length), buffer);

    public void Zero(long offset, long length) => disk.Zero(Inside(offset, length), length);

    public void Read(long offset, Span<byte> buffer) => disk.Read(Inside(offset, buffer.Length), buffer);

    public void Flush() => disk.Flush();

    public void DropCache() => disk.DropCache();

    public bool RereadPartitions() => true;

    private long Inside(long offset, long length) =>
        offset >= 0 && length <= size - offset ? start + offset : throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset} to {offset + length} of a part of {size}");
}
