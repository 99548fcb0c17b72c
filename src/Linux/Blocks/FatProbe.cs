using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Blocks;

/// <summary>FAT12, FAT16 and FAT32 (Microsoft's FAT specification 1.03): the boot sector, and the volume label in the root directory.</summary>
internal static class FatProbe
{
    // BIOS parameter block
    private const int BytesPerSector = 11, SectorsPerCluster = 13, ReservedSectors = 14, NumberOfFats = 16, RootEntries = 17, SectorsPerFat16 = 22,
        SectorsPerFat32 = 36, RootCluster = 44, Signature = 510;
    private const int Serial16 = 39, Label16 = 43, Type16 = 54, Serial32 = 67, Label32 = 71, Type32 = 82, LabelLength = 11;
    private const int EntryLength = 32, EntryAttributes = 11, LabelAttribute = 8, LongNameAttributes = 15, DeletedEntry = 0xe5;
    private const int MostRootBytes = 64 << 10;

    public static FileSystemIdentity? Read(SafeFileHandle device, ReadOnlySpan<byte> head)
    {
        if (head.Length < 512 || head[Signature] != 0x55 || head[Signature + 1] != 0xaa)
            return null;
        var is32 = head[Type32..].StartsWith("FAT32   "u8);
        if (!is32 && !head[Type16..].StartsWith("FAT1"u8))
            return null;
        var sector = BinaryPrimitives.ReadUInt16LittleEndian(head[BytesPerSector..]);
        if (sector is < 512 or > 4096 || !BitOperations.IsPow2(sector) || !BitOperations.IsPow2(head[SectorsPerCluster]) || head[NumberOfFats] == 0)
            return null;

        var serial = BinaryPrimitives.ReadUInt32LittleEndian(head[(is32 ? Serial32 : Serial16)..]);
        var label = RootLabel(device, head, sector, is32) ?? FileSystemProbe.Label(head.Slice(is32 ? Label32 : Label16, LabelLength));
        return new FileSystemIdentity("vfat", label == "NO NAME" ? null : label, serial == 0 ? null : $"{serial >> 16:X4}-{serial & 0xffff:X4}");
    }

    // The first cluster of FAT32's root is enough: the label is the first entry that formatters write.
    private static string? RootLabel(SafeFileHandle device, ReadOnlySpan<byte> head, int sector, bool is32)
    {
        var reserved = BinaryPrimitives.ReadUInt16LittleEndian(head[ReservedSectors..]);
        long fat = is32 ? BinaryPrimitives.ReadUInt32LittleEndian(head[SectorsPerFat32..]) : BinaryPrimitives.ReadUInt16LittleEndian(head[SectorsPerFat16..]);
        var root = (reserved + (head[NumberOfFats] * fat)) * sector;
        var length = BinaryPrimitives.ReadUInt16LittleEndian(head[RootEntries..]) * EntryLength;
        if (is32)
        {
            length = head[SectorsPerCluster] * sector;
            root += (BinaryPrimitives.ReadUInt32LittleEndian(head[RootCluster..]) - 2L) * length;
        }
        var entries = new byte[Math.Min(length, MostRootBytes)];
        if (root < 0 || FileSystemProbe.ReadAt(device, root, entries) < entries.Length)
            return null;
        for (var at = 0; at + EntryLength <= entries.Length && entries[at] != 0; at += EntryLength)
        {
            var attributes = entries[at + EntryAttributes];
            if (entries[at] != DeletedEntry && (attributes & LongNameAttributes) != LongNameAttributes && (attributes & LabelAttribute) != 0)
                return Encoding.Latin1.GetString(entries, at, LabelLength).TrimEnd();
        }
        return null;
    }
}
