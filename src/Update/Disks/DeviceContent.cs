using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.Update.Disks;

/// <summary>A disk as content: reads of any place and length, where the device knows whole blocks only.</summary>
internal sealed class DeviceContent(IRawDevice device) : Content
{
    public override long Length => device.Length;

    public override void Read(long offset, Span<byte> buffer)
    {
        long block = device.BlockLength;
        var start = offset / block * block;
        var length = checked((int)((offset + buffer.Length + block - 1) / block * block - start));
        using var aligned = new AlignedBuffer(length);
        try
        {
            device.Read(start, aligned.Span);
        }
        catch (IOException error)
        {
            throw new ImageException(ImageErrorKind.Io, "IB6030", $"the disk cannot be read at byte {start}: {error.Message}", error) { Offset = start };
        }
        aligned.Span.Slice((int)(offset - start), buffer.Length).CopyTo(buffer);
    }
}
