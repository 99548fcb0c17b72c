using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Blocks;

/// <summary>exFAT file system specification, §3.1 (boot sector) and §7.3 (volume label entry).</summary>
internal static class ExFatProbe
{
    private const int ClusterHeapOffset = 88, RootCluster = 96, VolumeSerial = 100, BytesPerSectorShift = 108, SectorsPerClusterShift = 109;
    private const int EntryLength = 32, LabelEntry = 0x83, LabelCharacters = 1, LabelText = 2, LongestLabel = 11;
    private const int MostRootBytes = 64 << 10;

    public static FileSystemIdentity? Read(SafeFileHandle device, ReadOnlySpan<byte> head)
    {
        if (head.Length < 512 || !head[3..].StartsWith("EXFAT   "u8))
            return null;
        var (sector, cluster) = (head[BytesPerSectorShift], head[SectorsPerClusterShift]);
        if (sector is < 9 or > 12 || sector + cluster > 25)
            return null;
        var serial = BinaryPrimitives.ReadUInt32LittleEndian(head[VolumeSerial..]);
        var root = ((long)BinaryPrimitives.ReadUInt32LittleEndian(head[ClusterHeapOffset..]) << sector)
            + ((BinaryPrimitives.ReadUInt32LittleEndian(head[RootCluster..]) - 2L) << (sector + cluster));
        return new FileSystemIdentity("exfat", Label(device, root, 1 << (sector + cluster)), $"{serial >> 16:X4}-{serial & 0xffff:X4}");
    }

    private static string? Label(SafeFileHandle device, long root, int clusterLength)
    {
        var entries = new byte[Math.Min(clusterLength, MostRootBytes)];
        if (root < 0 || FileSystemProbe.ReadAt(device, root, entries) < entries.Length)
            return null;
        for (var at = 0; at + EntryLength <= entries.Length && entries[at] != 0; at += EntryLength)
            if (entries[at] == LabelEntry && entries[at + LabelCharacters] is > 0 and <= LongestLabel)
                return Encoding.Unicode.GetString(entries, at + LabelText, 2 * entries[at + LabelCharacters]);
        return null;
    }
}
