using System.Runtime.InteropServices;
using ImageBuilder.Linux.Interop;

namespace ImageBuilder.Linux.Blocks;

/// <summary>
/// Tells the kernel of one partition that was added or has grown, while others of the disk are in use: reading the whole table again (BLKRRPART) is
/// refused then. linux/blkpg.h.
/// </summary>
public static unsafe class BlockPartitions
{
    private const nuint BLKPG = 0x1269;
    private const int BLKPG_ADD_PARTITION = 1;
    private const int BLKPG_RESIZE_PARTITION = 3;

    /// <summary>A partition is there that was not.</summary>
    /// <param name="disk">The disk's device file.</param>
    /// <param name="number">The partition's number, from 1.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="length">In bytes.</param>
    /// <exception cref="LinuxException">EBUSY: the kernel has a partition of this number or place; or another reason.</exception>
    public static void Add(string disk, int number, long offset, long length) => Call(disk, BLKPG_ADD_PARTITION, "BLKPG_ADD_PARTITION", number, offset, length);

    /// <summary>A partition has another length, mounted or not.</summary>
    /// <inheritdoc cref="Add"/>
    public static void Resize(string disk, int number, long offset, long length) => Call(disk, BLKPG_RESIZE_PARTITION, "BLKPG_RESIZE_PARTITION", number, offset, length);

    private static void Call(string disk, int operation, string name, int number, long offset, long length)
    {
        using var device = LibC.open(disk, LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        if (device.IsInvalid)
            Errno.Throw("open", disk);
        var partition = new RawBlkpgPartition { start = offset, length = length, pno = number };
        var argument = new RawBlkpgIoctlArg { op = operation, datalen = RawBlkpgPartition.Size, data = (nint)(&partition) };
        Errno.Check(LibC.ioctl(device, BLKPG, &argument), $"ioctl {name}", $"{disk}, partition {number}");
    }

    /// <summary>struct blkpg_partition; two names that the kernel does not look at are left out.</summary>
    [StructLayout(LayoutKind.Explicit, Size = Size)]
    internal struct RawBlkpgPartition
    {
        public const int Size = 152;

        [FieldOffset(0)] public long start;
        [FieldOffset(8)] public long length;
        [FieldOffset(16)] public int pno;
    }

    /// <summary>struct blkpg_ioctl_arg of a 64-bit system.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RawBlkpgIoctlArg
    {
        public int op;
        public int flags;
        public int datalen;
        public nint data;
    }
}
