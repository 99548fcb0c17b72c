using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.EndToEnd.Tests.PowerCuts;

/// <summary>A state of a recorded disk, or a part of it, as the device that the real code reads and writes.</summary>
/// <param name="disk">The state.</param>
/// <param name="offset">Where the part begins, in bytes.</param>
/// <param name="length">Its length in bytes.</param>
internal sealed class LoggedDevice(LoggedDisk disk, long offset, long length) : IRawDevice
{
    public long Length => length;

    public int BlockLength => 512;

    public void Write(long at, ReadOnlySpan<byte> buffer) => disk.Write(offset + at, buffer);

    public void Read(long at, Span<byte> buffer) => disk.Read(offset + at, buffer);

    public void Flush()
    {
    }

    public void DropCache()
    {
    }

    public bool RereadPartitions() => true;

    /// <summary>The same as content.</summary>
    public Content AsContent() => new View(this);

    private sealed class View(LoggedDevice device) : Content
    {
        public override long Length => device.Length;

        public override void Read(long offset, Span<byte> buffer) => device.Read(offset, buffer);
    }
}
