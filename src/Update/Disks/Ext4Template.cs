using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.Update.Disks;

/// <summary>
/// An empty ext4 file system, made by mke2fs when the image was built, is put on a partition: no mke2fs on the device. It comes out with an identifier
/// of its own, and as small as it was made; <see cref="Ext4.Grow"/> makes it as large as the partition once it is mounted.
/// </summary>
public static class Ext4Template
{
    private const int PartLength = 1 << 20;

    /// <summary>
    /// Writes the file system. What is zero in it is made zero, not skipped: an old journal there would be replayed one day.
    /// Returns when everything is on the device.
    /// </summary>
    /// <param name="image">The file system as a sparse image.</param>
    /// <param name="partition">Where it goes, at least as long.</param>
    /// <param name="uuid">Its identifier.</param>
    /// <exception cref="IOException">The device does not take it.</exception>
    public static void Write(Content image, IRawDevice partition, Guid uuid)
    {
        using var buffer = new AlignedBuffer(PartLength);
        long zeros = 0, at = 0;
        for (; at < image.Length; at += PartLength)
        {
            var part = buffer.Span[..(int)Math.Min(PartLength, image.Length - at)];
            image.Read(at, part);
            if (!part.ContainsAnyExcept((byte)0))
                continue;
            Zero(zeros, at);
            partition.Write(at, part);
            zeros = at + part.Length;
        }
        Zero(zeros, image.Length);
        Ext4.SetUuid(partition, uuid);
        partition.Flush();

        void Zero(long from, long to)
        {
            if (to > from)
                partition.Zero(from, to - from);
        }
    }
}
