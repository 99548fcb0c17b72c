using static System.Buffers.Binary.BinaryPrimitives;

namespace ImageBuilder.Qemu.Machines;

/// <summary>
/// Makes an empty log of writes as QEMU's blklogwrites adds to it: the kernel's format (Documentation/admin-guide/device-mapper/log-writes.rst), a
/// super block alone.
/// </summary>
internal static class WriteLog
{
    private const ulong Magic = 0x6a736677736872;
    private const ulong Version = 1;
    private const uint SectorSize = 512;
    private const long Most = 16L << 30; // QEMU does not make the file longer; it is sparse

    private const int VersionOffset = 8;
    private const int SectorSizeOffset = 24;

    public static void Create(string path)
    {
        var super = new byte[SectorSize];
        WriteUInt64LittleEndian(super, Magic);
        WriteUInt64LittleEndian(super.AsSpan(VersionOffset), Version);
        WriteUInt32LittleEndian(super.AsSpan(SectorSizeOffset), SectorSize);
        using var file = File.Create(path);
        file.Write(super);
        file.SetLength(Most);
    }
}
