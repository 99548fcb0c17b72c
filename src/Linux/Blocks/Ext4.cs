using System.Buffers.Binary;
using ImageBuilder.Linux.Interop;

namespace ImageBuilder.Linux.Blocks;

/// <summary>What a device does to an ext4 file system without e2fsprogs (kernel, Documentation/filesystems/ext4/super.rst).</summary>
public static unsafe class Ext4
{
    private const nuint FIGETBSZ = 2;
    private const nuint EXT4_IOC_RESIZE_FS = 0x40086610; // _IOW('f', 16, __u64)

    // The super block, 1024 bytes at byte 1024; backups at the beginning of their block group.
    private const int SuperBlockAt = 1024, SuperBlockLength = 1024, Page = 4096;
    private const int BlocksLow = 0x4, LogBlockSize = 0x18, BlocksPerGroup = 0x20, MagicAt = 0x38, Compatible = 0x5c, Incompatible = 0x60, ReadOnlyCompatible = 0x64, UuidAt = 0x68;
    private const int FirstDataBlock = 0x14, BlocksHigh = 0x150, ChecksumType = 0x175, ChecksumAt = 0x3fc;
    private const ushort Magic = 0xef53;
    private const uint SparseSuper2 = 0x200; // compatible
    private const uint Recover = 0x4, ChecksumSeed = 0x2000; // incompatible
    private const uint SparseSuper = 0x1, MetadataChecksum = 0x400; // read-only compatible
    private const byte CrcC = 1;

    /// <summary>
    /// Lets a mounted file system grow to its partition. Can be called again at any time: one that was cut off goes on, one that is as large already
    /// stays as it is.
    /// </summary>
    /// <param name="mountPoint">Where it is mounted, for writing.</param>
    /// <param name="length">Bytes of the partition.</param>
    /// <exception cref="LinuxException">The kernel's reason; EINVAL when it is larger than that.</exception>
    public static void Grow(string mountPoint, long length)
    {
        using var folder = Folder.Open(mountPoint);
        int block;
        Errno.Check(LibC.ioctl(folder, FIGETBSZ, &block), "ioctl FIGETBSZ", mountPoint);
        var blocks = (ulong)(length / block);
        Errno.Check(LibC.ioctl(folder, EXT4_IOC_RESIZE_FS, &blocks), "ioctl EXT4_IOC_RESIZE_FS", $"{mountPoint} to {blocks} blocks of {block} bytes");
    }

    /// <summary>
    /// Gives a file system that is not mounted another identifier, in the super block and its copies. All other checksums stay right only because the
    /// file system has their seed apart (metadata_csum_seed).
    /// </summary>
    /// <param name="device">The device, or a part of one.</param>
    /// <param name="uuid">The identifier, in the order of bytes that blkid(8) shows.</param>
    /// <exception cref="LinuxException">EINVAL: no ext4, not the features named above, or a journal that is to be replayed first.</exception>
    public static void SetUuid(IRawDevice device, Guid uuid)
    {
        using var page = new AlignedBuffer(Page);
        device.Read(0, page.Span);
        var super = page.Span.Slice(SuperBlockAt, SuperBlockLength);
        if (Unsuitable(super) is { } reason)
            throw new LinuxException("new UUID", "ext4", Errno.EINVAL, reason);
        var (block, perGroup, groups) = Geometry(super);
        // The one in front, which counts, at last.
        for (var group = groups - 1; group >= 0; group--)
        {
            if (!HasCopy(group))
                continue;
            var at = group == 0 ? 0 : group * perGroup * block;
            device.Read(at, page.Span);
            var copy = page.Span.Slice(group == 0 ? SuperBlockAt : 0, SuperBlockLength);
            if (Unsuitable(copy) is { } damage)
                throw new LinuxException("new UUID", $"ext4, byte {at}", Errno.EINVAL, damage);
            uuid.TryWriteBytes(copy.Slice(UuidAt, 16), bigEndian: true, out _);
            BinaryPrimitives.WriteUInt32LittleEndian(copy[ChecksumAt..], Crc32C.Of(copy[..ChecksumAt]));
            device.Write(at, page.Span);
        }
    }

    private static string? Unsuitable(ReadOnlySpan<byte> super)
    {
        if (BinaryPrimitives.ReadUInt16LittleEndian(super[MagicAt..]) != Magic)
            return "there is no super block of ext4";
        var (compatible, incompatible, readOnly) = (U32(super, Compatible), U32(super, Incompatible), U32(super, ReadOnlyCompatible));
        return (readOnly & MetadataChecksum) == 0 || (incompatible & ChecksumSeed) == 0 || super[ChecksumType] != CrcC
                ? "the file system was not made with metadata_csum and metadata_csum_seed: its checksums depend on the identifier"
            : (incompatible & Recover) != 0 ? "its journal is to be replayed first"
            : (readOnly & SparseSuper) == 0 || (compatible & SparseSuper2) != 0 || 1024u << (int)U32(super, LogBlockSize) != Page || U32(super, FirstDataBlock) != 0
                ? $"expected blocks of {Page} bytes and sparse_super"
            : U32(super, ChecksumAt) != Crc32C.Of(super[..ChecksumAt]) ? "the checksum of its super block does not fit" : null;
    }

    private static (long Block, long PerGroup, long Groups) Geometry(ReadOnlySpan<byte> super)
    {
        var blocks = U32(super, BlocksLow) + ((long)U32(super, BlocksHigh) << 32);
        long perGroup = U32(super, BlocksPerGroup);
        return (Page, perGroup, (blocks + perGroup - 1) / perGroup);
    }

    /// <summary>sparse_super: groups 0, 1 and the powers of 3, 5 and 7.</summary>
    private static bool HasCopy(long group)
    {
        if (group <= 1)
            return true;
        foreach (var stem in (long[])[3, 5, 7])
        {
            var power = stem;
            while (power < group)
                power *= stem;
            if (power == group)
                return true;
        }
        return false;
    }

    private static uint U32(ReadOnlySpan<byte> super, int at) => BinaryPrimitives.ReadUInt32LittleEndian(super[at..]);
}
