using System.Buffers.Binary;
using ImageBuilder.Linux.Interop;

namespace ImageBuilder.Linux.Blocks;

/// <summary>What the super block of an ext4 says of how it is to be mounted.</summary>
/// <param name="HasProjectQuota">It keeps quotas of projects.</param>
/// <param name="HasErrors">The kernel has noticed errors since it was last checked.</param>
public readonly record struct Ext4State(bool HasProjectQuota, bool HasErrors)
{
    // Kernel, Documentation/filesystems/ext4/super.rst: the super block is at 1024.
    private const int SuperBlock = 1024, Magic = 0x38, State = 0x3a, FeatureRoCompat = 0x64, Length = 0x68;
    private const ushort Ext2Magic = 0xef53;
    private const ushort ErrorsNoticed = 2;
    private const uint Quota = 0x100, Project = 0x2000;

    /// <summary>Reads a device or an image; null when there is no such super block.</summary>
    /// <exception cref="LinuxException">It cannot be opened.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Ext4State? Read(string path)
    {
        using var device = LibC.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        if (device.IsInvalid)
            Errno.Throw("open", path);
        Span<byte> block = stackalloc byte[Length];
        if (FileSystemProbe.ReadAt(device, SuperBlock, block) < Length || BinaryPrimitives.ReadUInt16LittleEndian(block[Magic..]) != Ext2Magic)
            return null;
        const uint Both = Quota | Project;
        return new Ext4State((BinaryPrimitives.ReadUInt32LittleEndian(block[FeatureRoCompat..]) & Both) == Both, (BinaryPrimitives.ReadUInt16LittleEndian(block[State..]) & ErrorsNoticed) != 0);
    }
}
