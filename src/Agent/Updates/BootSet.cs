using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Updates;

/// <summary>A slot's boot set: one FAT image at the beginning of the partition ib-boot-a or ib-boot-b. Written past the kernel's cache, and read back from the device.</summary>
internal static class BootSet
{
    private const int PartLength = 1 << 20;

    /// <summary>The partition of a slot.</summary>
    public static string LabelOf(Slot slot) => slot == Slot.B ? "ib-boot-b" : "ib-boot-a";

    /// <summary>The digest of the first bytes of a partition.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string Hash(IRawDevice device, long length) => Hash(device, 0, length);

    /// <summary>The digest of a part of a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="offset">Where the part begins, a multiple of the device's block.</param>
    /// <param name="length">In bytes.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string Hash(IRawDevice device, long offset, long length)
    {
        var hash = new Sha256();
        ReadParts(device, offset, length, part => hash.Append(part));
        return hash.Finish();
    }

    /// <summary>Reads a part of a device, piece by piece.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static void ReadParts(IRawDevice device, long offset, long length, Action<ReadOnlySpan<byte>> take)
    {
        if (offset + length > device.Length)
            throw new IOException($"{length} bytes from {offset} on do not lie in a device of {device.Length}");
        device.DropCache();
        using var buffer = new AlignedBuffer(PartLength);
        for (long done = 0; done < length; done += PartLength)
        {
            var wanted = (int)Math.Min(PartLength, length - done);
            device.Read(offset + done, buffer.Span[..AlignUp(wanted, device.BlockLength)]);
            take(buffer.Span[..wanted]);
        }
    }

    /// <summary>Writes a boot set, brings it to the device, and reads it back from there.</summary>
    /// <param name="device">The partition.</param>
    /// <param name="blob">What is to be there.</param>
    /// <param name="source">Gives its bytes in order to a function.</param>
    /// <exception cref="ImageException">IB6135: it has another digest on the device; what runs is not touched by that.</exception>
    /// <exception cref="IOException">The device does not take it.</exception>
    public static void Write(IRawDevice device, StackBlob blob, Action<TakePart> source)
    {
        using var buffer = new AlignedBuffer(PartLength);
        var (filled, offset) = (0, 0L);
        source(part =>
        {
            while (!part.IsEmpty)
            {
                var taken = Math.Min(part.Length, PartLength - filled);
                part[..taken].CopyTo(buffer.Span[filled..]);
                filled += taken;
                part = part[taken..];
                if (filled == PartLength)
                    Put();
            }
        });
        if (filled > 0)
            Put();
        device.Flush();
        if (Hash(device, blob.Size) is var digest && digest != blob.Sha256)
            throw new ImageException(ImageErrorKind.Corrupt, "IB6135", $"the boot set {blob.Sha256} reads back from its partition with the digest {digest}: damaged on the way, or the device is; try again");

        void Put()
        {
            var length = AlignUp(filled, device.BlockLength);
            buffer.Span[filled..length].Clear();
            device.Write(offset, buffer.Span[..length]);
            (filled, offset) = (0, offset + length);
        }
    }

    /// <summary>Takes a part of a blob; may keep it only until it returns.</summary>
    internal delegate void TakePart(ReadOnlySpan<byte> part);

    private static int AlignUp(int length, int block) => (length + block - 1) / block * block;
}
